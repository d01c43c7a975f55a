"""``python -m gateway`` serves REST, WebSocket and the dashboard."""

import logging

import uvicorn

from contracts.errors import one_line_errors
from contracts.settings import load
from gateway.app import create_app
from gateway.listen import listening_socket

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with one_line_errors():
        settings = load()
        app = create_app(settings)
        socket = listening_socket(settings.gateway)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run([socket])
