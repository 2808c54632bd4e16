# The studio in a container; docs/containers.md says how to build and start it.
FROM python:3.12-slim

# CUDA=1 takes PyTorch's CUDA build, which wants 9 GB of disk instead of 2
ARG CUDA=
ENV TGAN_CUDA=$CUDA PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1

RUN useradd --create-home --uid 1000 studio && install -d -o studio /studio /data
USER 1000
WORKDIR /studio

# packages first: they change less often than the code
COPY --chown=1000 start.py requirements*.txt requirements*.lock ./
RUN python -c "import start; start.set_up([start.RUN])"
COPY --chown=1000 . .

VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/health', timeout=4)"]
CMD [".venv/bin/python", "app.py", "--host", "0.0.0.0", "--port", "7860", "--data-dir", "/data"]
