# Orders under way, everything that can strike them, and who judges the outcome.
TESTS += tests/campaign/judge.py tests/campaign/small.sh
EXTRA_DIST += %D%/README.md tests/campaign/judge.py tests/campaign/small.sh tests/campaign/campaign.py tests/campaign/traffic.py \
    tests/campaign/strikes.py tests/campaign/strikes_database.py tests/campaign/strikes_net.py tests/campaign/strikes_machine.py \
    tests/campaign/strikes_load.py tests/campaign/table.py
