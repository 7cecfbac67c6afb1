/**
 * An Effect-native client for Trigger.dev's batch results.
 *
 * @since 0.1.0
 */
export { awaitBatchResults, type AwaitBatchResultsOptions } from "./awaitBatchResults.js"
export { Batch, BatchItemError, BatchStatus } from "./Batch.js"
export { BatchHandle, type BatchHandleOptions } from "./BatchHandle.js"
export { BatchId } from "./BatchId.js"
export { BatchResults } from "./BatchResults.js"
export { collectBatchResults, type CollectBatchResultsOptions } from "./collectBatchResults.js"
export { type BatchProgress, CollectedResults, UnavailableRun } from "./CollectedResults.js"
export { type AttemptError, RetryPolicy, type RetryPolicyOptions } from "./RetryPolicy.js"
export { Run } from "./Run.js"
export { RunError } from "./RunError.js"
export { RunId } from "./RunId.js"
export * as RunOutput from "./RunOutput.js"
export { RunFailure, RunResult, RunSuccess } from "./RunResult.js"
export { type FinishedStatus, RunStatus, type UnfinishedStatus } from "./RunStatus.js"
export { RunUpdate } from "./RunUpdate.js"
export { type StoredOutput } from "./StoredOutput.js"
export { streamBatchResults, type StreamBatchResultsOptions } from "./streamBatchResults.js"
export { TriggerAuth, type TriggerAuthService } from "./TriggerAuth.js"
export {
  downloadOutput,
  getBatchResults,
  retrieveBatch,
  retrieveRun,
  subscribeToBatch,
  TriggerClient,
  type TriggerClientConfig,
  type TriggerClientService
} from "./TriggerClient.js"
export { TriggerConfig, type TriggerConfigOptions, type TriggerConfigService } from "./TriggerConfig.js"
export {
  ApiError,
  BatchNotFound,
  CollectBatchResultsError,
  DecodeOutputError,
  DownloadOutputError,
  Forbidden,
  GetBatchResultsError,
  InvalidBatchId,
  InvalidResponse,
  InvalidRunId,
  type OnError,
  OutputMismatch,
  OutputMissing,
  OutputParseError,
  OutputTooLarge,
  OutputUnavailable,
  OutputUnavailableReason,
  RateLimited,
  ReadOutputError,
  RetrieveBatchError,
  RetrieveRunError,
  RunFailed,
  RunNotFound,
  ServerError,
  TransportError,
  TransportReason,
  Unauthorized,
  UnauthorizedReason,
  UnexpectedResponse,
  UnknownTask
} from "./TriggerError.js"
