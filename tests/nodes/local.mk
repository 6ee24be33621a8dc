# Several nodes on one database: joining, dying, stopping, draining under orders.
TESTS += tests/nodes/nodes.py tests/nodes/late.py tests/nodes/poison.py tests/nodes/zombie.py tests/nodes/unheard.py tests/nodes/settings.py tests/nodes/breaker.py tests/nodes/fair.py tests/nodes/flood.py tests/nodes/still.py
EXTRA_DIST += %D%/README.md tests/support/proxy.py tests/support/node.py tests/nodes/nodes.py tests/nodes/late.py tests/nodes/poison.py tests/nodes/zombie.py tests/nodes/unheard.py tests/nodes/settings.py tests/nodes/breaker.py tests/nodes/fair.py tests/nodes/flood.py tests/nodes/still.py
