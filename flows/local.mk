# Flows that are installed, and tested.
flowsdir = $(pkgdatadir)/flows
dist_flows_DATA = %D%/canonical.flow %D%/systems.flow %D%/fixtures.flow %D%/order_to_cash.flow %D%/drop_ship.flow \
    %D%/returns.flow %D%/dev.bind
EXTRA_DIST += %D%/README.md
