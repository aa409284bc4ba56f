# One image for every role: docker-compose.yml gives each container its command.
FROM python:3.13-slim AS build
RUN python -m venv /opt/refloop
COPY requirements.txt /src/
RUN /opt/refloop/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r /src/requirements.txt
WORKDIR /app
COPY . .
# Editable, as in a checkout: rules, locales and migrations are read where they lie.
RUN /opt/refloop/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation -e . \
    && /opt/refloop/bin/python -m compileall -q /app \
    && /opt/refloop/bin/pip uninstall --yes --quiet setuptools pip

FROM python:3.13-slim
COPY --from=build /opt/refloop /opt/refloop
COPY --from=build /app /app
RUN groupadd --gid 10001 refloop \
    && useradd --uid 10001 --gid refloop --home-dir /var/lib/refloop --no-create-home --shell /usr/sbin/nologin refloop \
    && install --directory --owner=refloop --group=refloop --mode=0700 /var/lib/refloop
ENV PATH=/opt/refloop/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    REFLOOP_DATA_DIR=/var/lib/refloop
USER 10001:10001
WORKDIR /var/lib/refloop
VOLUME /var/lib/refloop
CMD ["refloop", "--help"]
