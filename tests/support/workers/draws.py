"""Draws every run at once, except runs for the model other-1: these stop halfway until they are cancelled."""

from pipes import READY, compose, draw, find, preview, receive, send

from generator.contract import protocol

uploads: dict[int, bytes] = {}
send(READY)
for message in receive():
    if isinstance(message, protocol.Attach):
        uploads[message.id] = uploads.get(message.id, b"") + message.body
    elif isinstance(message, protocol.Run):
        upload, is_search = uploads.pop(message.id, b""), message.line.startswith("like ")
        if "model=other-1" in message.line:
            if is_search:
                preview(message)
            send(protocol.Progress(message.id, 1, 2))
        elif is_search:
            find(message, upload)
        else:
            draw(message)
    elif isinstance(message, protocol.ContactSheet):
        compose(message)
    elif isinstance(message, protocol.Cancel):
        send(protocol.Failed(message.id, "cancelled"))
