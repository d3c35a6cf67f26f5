#!/bin/sh
# Stops the service when the package goes. The data stays.
set -e
if [ "$1" != upgrade ] && [ -d /run/systemd/system ]; then
	systemctl disable --now nameplate.service
fi
