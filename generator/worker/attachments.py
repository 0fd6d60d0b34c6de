"""Collects the attachments of runs, which arrive in pieces before their runs.

Does not know what is in them. Limits their number and size, and checks each against its digest.
"""

import hashlib
from collections.abc import Mapping

from generator.contract import errors, protocol
from generator.contract.faces.face import DIGEST_CHARS

MAX_BYTES = 64 * 2**20  # all attachments that wait for their runs


class Attachments:
    """The attachments that have arrived, by run."""

    def __init__(self) -> None:
        self._pieces: dict[int, dict[str, bytearray]] = {}
        self._bytes = 0

    def add(self, piece: protocol.Attach) -> None:
        """Keep a piece, unless its run has too many or too large attachments; that run is then refused."""
        mine = self._pieces.setdefault(piece.id, {})
        size = sum(map(len, mine.values())) + len(piece.body)
        too_many = piece.digest not in mine and len(mine) >= protocol.MAX_ATTACHMENTS
        single = not mine or mine.keys() == {piece.digest}
        limit = protocol.MAX_PICTURE_BYTES if single else protocol.MAX_ATTACHED_BYTES
        if too_many or size > limit or self._bytes + len(piece.body) > MAX_BYTES:
            return
        mine.setdefault(piece.digest, bytearray()).extend(piece.body)
        self._bytes += len(piece.body)

    def take(self, run: protocol.Run | protocol.ContactSheet) -> Mapping[str, bytes]:
        """Return the attachments of a run, by the digits of their digests that lines use, and forget them.

        Raises ProtocolError if one of them is missing, incomplete or too large, or if there are too many.
        """
        mine = self.forget(run.id)
        for digest in run.attachments:
            if hashlib.sha256(mine.get(digest, b"")).hexdigest() != digest:
                raise errors.ProtocolError(found=f"an attachment that is missing, damaged or too large: {digest[:8]}")
        return {digest[:DIGEST_CHARS]: bytes(mine[digest]) for digest in run.attachments}

    def forget(self, id_: int) -> dict[str, bytearray]:
        """Forget the attachments of a run, and return them."""
        mine = self._pieces.pop(id_, {})
        self._bytes -= sum(map(len, mine.values()))
        return mine
