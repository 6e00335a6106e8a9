"""A request handler: componentize-py makes a component of it, with Python inside."""

from componentize_py_types import Ok
from wit_world import exports
from wit_world.imports.types import (
    Fields,
    IncomingRequest,
    OutgoingBody,
    OutgoingResponse,
    ResponseOutparam,
)

# The most bytes that a stream takes at once.
CHUNK = 4096


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request: IncomingRequest, response_out: ResponseOutparam) -> None:
        text = f"Hello from {request.path_with_query()}\n"
        respond(response_out, 200, "text/plain; charset=utf-8", text.encode())


def respond(response_out: ResponseOutparam, status: int, content_type: str, content: bytes) -> None:
    fields = Fields.from_list(
        [
            ("content-type", content_type.encode()),
            ("content-length", str(len(content)).encode()),
        ]
    )
    response = OutgoingResponse(fields)
    response.set_status_code(status)
    body = response.body()
    ResponseOutparam.set(response_out, Ok(response))
    with body.write() as stream:
        for start in range(0, len(content), CHUNK):
            stream.blocking_write_and_flush(content[start : start + CHUNK])
    OutgoingBody.finish(body, None)
