#!/bin/sh
# Makes the user that the service runs as. Starting is left to whoever installs:
# the settings come first.
set -e
if ! getent passwd nameplate >/dev/null; then
	useradd --system --user-group --home-dir /var/lib/nameplate --no-create-home --shell /usr/sbin/nologin nameplate
fi
chown root:nameplate /etc/nameplate/nameplate.env
chmod 640 /etc/nameplate/nameplate.env
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart nameplate.service
fi
