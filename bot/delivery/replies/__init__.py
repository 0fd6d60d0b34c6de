"""The message of one request: from "thinking" through progress to the picture or an error."""
