"""Serves the status monitor's figures to Prometheus, on 127.0.0.1 only. Measures nothing itself.

Needs the optional package prometheus-client.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from bot.errors import BadSettings
from bot.operations import METRICS_HOST
from bot.operations.status import StatusMonitor


@asynccontextmanager
async def serve(monitor: StatusMonitor, port: int) -> AsyncIterator[None]:
    """Serve http://127.0.0.1:port/metrics inside the ``async with``. Raises BadSettings if the port cannot be used."""
    registry = CollectorRegistry()
    registry.register(_Collector(monitor))

    async def respond(_: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(registry), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    app = web.Application()
    app.add_routes([web.get("/metrics", respond)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, METRICS_HOST, port).start()
        except OSError as error:
            problem = f"port {port} cannot be used ({error})"
            raise BadSettings(setting="metrics_port", place="the settings", problem=problem) from None
        yield
    finally:
        await runner.cleanup()


class _Collector(Collector):
    def __init__(self, monitor: StatusMonitor) -> None:
        self._monitor = monitor

    def collect(self) -> Iterator[Metric]:
        status = self._monitor.snapshot()
        ended = CounterMetricFamily("waifubot_requests", "Requests that ended, by outcome", labels=["outcome"])
        for outcome, count in self._monitor.endings.items():
            ended.add_metric([outcome], count)
        yield ended
        total = self._monitor.endings.total()
        yield SummaryMetricFamily(
            "waifubot_request_seconds", "Seconds from a request to its ending", total, self._monitor.seconds
        )
        yield GaugeMetricFamily("waifubot_waiting", "Renders waiting in the queue", status.waiting)
        yield GaugeMetricFamily("waifubot_running", "Renders being drawn", status.running)
        yield GaugeMetricFamily("waifubot_worker_ready", "1 while the worker can draw", float(status.worker == "ready"))
        yield CounterMetricFamily("waifubot_worker_starts", "Worker processes started", status.starts)
        yield GaugeMetricFamily(
            "waifubot_faces_per_second", "Faces synthesised per second, recently", status.faces_per_s
        )
        shards = GaugeMetricFamily("waifubot_shard_connected", "1 while a shard is connected", labels=["shard"])
        for shard, is_connected in status.shards.items():
            shards.add_metric([str(shard)], float(is_connected))
        yield shards
        yield GaugeMetricFamily("waifubot_up_seconds", "Seconds since the bot was started", status.up_s)
        yield GaugeMetricFamily("waifubot_tasks", "Running asyncio tasks of the bot", len(asyncio.all_tasks()))
        memory = GaugeMetricFamily("waifubot_memory_bytes", "Resident memory", labels=["process"])
        for process, size in (("bot", status.bot_bytes), ("worker", status.worker_bytes)):
            if size is not None:
                memory.add_metric([process], size)
        yield memory
