# Segue as a service: docker build -t segue . && docker run -p 8000:8000 -v segue:/catalogue segue
#
# Runs with a read-only root as well: docker run --read-only --tmpfs /tmp ...

FROM python:3.11-slim-bookworm AS build

# Where pip finds CPU builds of torch and torchaudio; set it to https://pypi.org/simple for CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source
RUN python -m venv /opt/segue
ENV PATH=/opt/segue/bin:$PATH

# The large libraries first: they change seldom, so this layer is kept.
COPY constraints.txt ./
RUN pip install --extra-index-url "$TORCH_INDEX" -c constraints.txt torch torchaudio

COPY pyproject.toml README.md LICENSE ./
COPY segue segue
COPY models models
COPY index index
COPY app app
COPY training training
RUN pip install --extra-index-url "$TORCH_INDEX" -c constraints.txt .


FROM python:3.11-slim-bookworm

RUN groupadd --system --gid 10001 segue \
    && useradd --system --uid 10001 --gid segue --home-dir /tmp --no-create-home --shell /usr/sbin/nologin segue \
    && install --directory --owner=segue --group=segue /catalogue
COPY --from=build /opt/segue /opt/segue

# Whatever libraries cache goes to /tmp, so that the root file system can be read-only.
ENV PATH=/opt/segue/bin:$PATH \
    HOME=/tmp \
    XDG_CACHE_HOME=/tmp/cache \
    NUMBA_CACHE_DIR=/tmp/cache/numba \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SEGUE_CATALOGUE=/catalogue \
    SEGUE_HOST=0.0.0.0 \
    SEGUE_PORT=8000

USER 10001:10001
WORKDIR /tmp
VOLUME ["/catalogue"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['SEGUE_PORT'] + '/healthz', timeout=4)"]
CMD ["segue", "serve"]
