# Built in two steps, so that what builds the wheel does not end up in the image that runs it.
FROM python:3.11-slim-bookworm AS build
WORKDIR /source
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN python -m venv /reifegrad && /reifegrad/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY engine ./engine
COPY web ./web
COPY bpmn ./bpmn
COPY forms ./forms
RUN /reifegrad/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/reifegrad --create-home reifegrad
COPY --from=build /reifegrad /reifegrad
ENV PATH=/reifegrad/bin:$PATH PYTHONUNBUFFERED=1 REIFEGRAD_HOST=0.0.0.0 REIFEGRAD_VAR_DIR=/var/lib/reifegrad
USER reifegrad
WORKDIR /var/lib/reifegrad
VOLUME /var/lib/reifegrad
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=4 CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
CMD ["reifegrad", "serve"]
