#!/bin/sh
# Every campaign in small.
exec python3 "$(dirname "$0")/campaign.py" --small
