"""How the server logs: lines for people, or JSON objects, one a line, for a machine that collects them."""

import json
import logging
import time

PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"
UVICORN = (
    "uvicorn",
    "uvicorn.access",
    "uvicorn.asgi",
    "uvicorn.error",
)  # it brings handlers of its own


class JsonLine(logging.Formatter):
    """{"time" (UTC, ISO 8601), "level", "logger", "message"}, and "exception" with its trace."""

    def format(self, record: logging.LogRecord) -> str:
        return line(
            record.getMessage(),
            level=record.levelname,
            name=record.name,
            at=record.created,
            exception=self.formatException(record.exc_info) if record.exc_info else "",
        )


def line(
    message: str,
    *,
    level: str = "INFO",
    name: str = "tgan_demo",
    at: float | None = None,
    exception: str = "",
) -> str:
    """One line, whatever the message holds."""
    at = time.time() if at is None else at
    second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))
    told = {"time": f"{second}.{int(at % 1 * 1000):03d}Z", "level": level, "logger": name}
    told["message"] = message
    if exception:
        told["exception"] = exception
    return json.dumps(told, ensure_ascii=False)


def begin(*, as_json: bool) -> None:
    """Log from INFO on to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLine() if as_json else logging.Formatter(PLAIN))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)
    if as_json:
        logging.captureWarnings(True)


def adopt() -> None:
    """What the web server logs too as JSON; to be called when it runs."""
    for name in UVICORN:
        for handler in logging.getLogger(name).handlers:
            handler.setFormatter(JsonLine())
