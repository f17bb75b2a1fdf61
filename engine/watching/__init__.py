"""Being watched: logs, health, metrics, traces, and the doctor. What is watched need not know.

========== ========================================================================================
`points`   where the engine tells what it does; standard library only, every room may import it
`logs`     lines on the standard error, as text or JSON, without personal data
`health`   whether the process lives and can do its work
`meter`    counts what the points tell, for Prometheus; off unless a port for it is set
`gauges`   what only the database knows: jobs, incidents, queues; asked when somebody reads
`listener` the address on which metrics are read, apart from the pages
`tracing`  spans for OpenTelemetry, an extra
`doctor`   what is wrong with an installation, and the remedy
========== ========================================================================================

Metrics have an address of their own (``ZHOLDAMA_METRICS_PORT``) rather than a path among the pages
with a token: an executor without pages is read the same way, a full queue of requests keeps nobody
from reading why, and the firewall says who may.
"""
