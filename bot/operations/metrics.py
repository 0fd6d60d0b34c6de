"""What Prometheus is told, on this machine only: a monitor, in its words. Knows nothing else of the bot.

Needs the package prometheus-client, which only those install who want it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from bot.errors import BadSettings
from bot.operations.status import StatusMonitor

HOST = "127.0.0.1"


@asynccontextmanager
async def served(monitor: StatusMonitor, port: int) -> AsyncIterator[None]:
    """Answer http://127.0.0.1:port/metrics for the length of the block. Raises BadSettings where the port is taken."""
    registry = CollectorRegistry()
    registry.register(_Collector(monitor))

    async def tell(_: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(registry), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    app = web.Application()
    app.add_routes([web.get("/metrics", tell)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        yield
    except OSError as error:
        raise BadSettings(
            setting="metrics_port", place="the settings", problem=f"port {port} cannot be used ({error})"
        ) from None
    finally:
        await runner.cleanup()


class _Collector(Collector):
    def __init__(self, monitor: StatusMonitor) -> None:
        self._monitor = monitor

    def collect(self) -> Iterator[Metric]:
        now = self._monitor.snapshot()
        ended = CounterMetricFamily("waifubot_requests", "Requests that ended, by how", labels=["outcome"])
        for outcome, count in self._monitor.endings.items():
            ended.add_metric([outcome], count)
        yield ended
        total = self._monitor.endings.total()
        yield SummaryMetricFamily("waifubot_request_seconds", "From a request to its end", total, self._monitor.seconds)
        yield GaugeMetricFamily("waifubot_waiting", "Requests in the line", now.waiting)
        yield GaugeMetricFamily("waifubot_running", "Requests being drawn", now.running)
        yield GaugeMetricFamily("waifubot_worker_ready", "1 while the worker can draw", float(now.worker == "ready"))
        yield CounterMetricFamily("waifubot_worker_starts", "Processes started to draw", now.starts)
        yield GaugeMetricFamily("waifubot_faces_per_second", "Faces synthesised a second, of late", now.faces_per_s)
        yield GaugeMetricFamily("waifubot_up_seconds", "Since the bot was started", now.up_s)
        yield GaugeMetricFamily("waifubot_tasks", "Things that the bot does at once", len(asyncio.all_tasks()))
        memory = GaugeMetricFamily("waifubot_memory_bytes", "Resident memory", labels=["process"])
        for process, size in (("bot", now.bot_bytes), ("worker", now.worker_bytes)):
            if size is not None:
                memory.add_metric([process], size)
        yield memory
