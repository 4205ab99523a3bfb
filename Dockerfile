# The one image of every role: `docker build -t rasid:local .`, then `docker run rasid:local rasid --help`.
# Every dependency has wheels for x86_64 and arm64: no compiler is needed.

FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/rasid
WORKDIR /src
# The dependencies first, over an empty package: they are built again only when pyproject.toml changes.
COPY pyproject.toml README.md LICENSE ./
RUN mkdir rasid && touch rasid/__init__.py && /opt/rasid/bin/pip install '.[flower,bucket]'
COPY rasid ./rasid
RUN /opt/rasid/bin/pip install --no-deps --force-reinstall .

FROM python:3.12-slim
# A number of its own, so that files in volumes keep their owner and no user of the host happens to share it.
RUN groupadd --gid 10001 rasid \
 && useradd --uid 10001 --gid rasid --home-dir /var/lib/rasid --shell /usr/sbin/nologin --no-create-home rasid \
 && install --directory --owner=rasid --group=rasid --mode=0750 /var/lib/rasid
COPY --from=build /opt/rasid /opt/rasid
WORKDIR /app
COPY workers ./workers
COPY tasks ./tasks
COPY config ./config
COPY seeds ./seeds
ENV PATH=/opt/rasid/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 LANG=C.UTF-8 \
    RASID_HOME=/var/lib/rasid
VOLUME /var/lib/rasid
USER 10001:10001
CMD ["rasid", "--help"]
