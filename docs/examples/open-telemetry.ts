/**
 * The client's spans and metrics in OpenTelemetry: they are collected in memory and printed here, and a service sends them
 * to its collector with another exporter.
 *
 *     npm install @effect/opentelemetry@0.64 @opentelemetry/sdk-trace-base@2 @opentelemetry/sdk-metrics@2
 *     TRIGGER_SECRET_KEY=tr_prod_… npx tsx docs/examples/open-telemetry.ts batch_1234
 */
import { NodeSdk } from "@effect/opentelemetry"
import { NodeRuntime } from "@effect/platform-node"
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader
} from "@opentelemetry/sdk-metrics"
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { Console, Effect } from "effect"
import { collectBatchResults, TriggerClient } from "effect-trigger-dev"

const spans = new InMemorySpanExporter()
const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const metricReader = new PeriodicExportingMetricReader({ exporter: metrics })

const Telemetry = NodeSdk.layer(() => ({
  resource: { serviceName: "invoices" },
  spanProcessor: new SimpleSpanProcessor(spans),
  metricReader
}))

const printSpans = Effect.suspend(() => {
  const finished = spans.getFinishedSpans()
  return Effect.forEach(finished, ({ attributes, name, parentSpanContext }) => {
    const parent = finished.find((span) => span.spanContext().spanId === parentSpanContext?.spanId)
    return Console.log(`span ${JSON.stringify({ name, parent: parent?.name, attributes })}`)
  })
})

const printMetrics = Effect.suspend(() =>
  Effect.forEach(
    metrics.getMetrics().at(-1)?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [],
    ({ dataPointType, dataPoints, descriptor: { name, unit } }) =>
      Effect.forEach(dataPoints, ({ attributes, value }) =>
        Console.log(`metric ${JSON.stringify({ name, type: DataPointType[dataPointType], unit, attributes, value })}`))
  )
)

const program = Effect.gen(function*() {
  yield* Effect.withSpan(collectBatchResults(process.argv[2] ?? "batch_1234"), "report")
  yield* printSpans
  yield* Effect.promise(() => metricReader.forceFlush())
  yield* printMetrics
})

program.pipe(Effect.provide(TriggerClient.layerFetch), Effect.provide(Telemetry), NodeRuntime.runMain)
