# automask with PyTorch for the CPU:
#   docker build -t automask .
#   docker run --rm --user "$(id -u)" -v "$PWD:/pictures" automask style=monet content=photo.jpg
FROM python:3.12-slim

# What OpenCV links to.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*

COPY . /source
RUN pip install --no-cache-dir uv==0.13.9 \
    && uv pip install --system --no-cache --torch-backend=cpu /source

# Whoever runs it: no home of one's own is needed.
ENV HOME=/tmp
USER 1000
WORKDIR /pictures
ENTRYPOINT ["automask"]
