/**
 * An Effect-native client for Trigger.dev's batch results.
 *
 * @since 0.1.0
 */
export { awaitBatchResults, type AwaitBatchResultsOptions } from "./awaitBatchResults.js"
export { Batch, BatchItemError, BatchStatus } from "./Batch.js"
export { BatchHandle } from "./BatchHandle.js"
export { BatchId } from "./BatchId.js"
export { BatchResults } from "./BatchResults.js"
export { collectBatchResults, type CollectBatchResultsOptions } from "./collectBatchResults.js"
export { type BatchProgress, CollectedResults, PartialResults, UnavailableRun } from "./CollectedResults.js"
export { type AttemptError, RetryPolicy, type RetryPolicyOptions } from "./RetryPolicy.js"
export { Run } from "./Run.js"
export {
  BuiltInRunError,
  CustomRunError,
  InternalRunError,
  type KnownRunError,
  OtherRunError,
  RunError,
  StringRunError
} from "./RunError.js"
export { RunId } from "./RunId.js"
export { RunFailure, RunResult, RunSuccess } from "./RunResult.js"
export { type FinishedStatus, RunStatus, type UnfinishedStatus } from "./RunStatus.js"
export { streamBatchResults, type StreamBatchResultsOptions } from "./streamBatchResults.js"
export { TriggerAuth, type TriggerAuthService } from "./TriggerAuth.js"
export {
  getBatchResults,
  retrieveBatch,
  retrieveRun,
  TriggerClient,
  type TriggerClientConfigOptions,
  type TriggerClientService
} from "./TriggerClient.js"
export { TriggerConfig, type TriggerConfigOptions, type TriggerConfigService } from "./TriggerConfig.js"
export {
  BatchNotFound,
  type CollectBatchResultsError,
  Forbidden,
  type GetBatchResultsError,
  InvalidBatchId,
  InvalidResponse,
  InvalidRunId,
  RateLimited,
  type RequestError,
  type RetrieveBatchError,
  type RetrieveRunError,
  RunNotFound,
  ServerError,
  TransportError,
  TransportReason,
  Unauthorized,
  UnexpectedResponse
} from "./TriggerError.js"
