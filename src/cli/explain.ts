/**
 * Describes an error in one or two plain lines: what happened, and what to do.
 */
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import { isResultsEndpoint } from "../internal/describe/endpoint.js"
import { redact } from "../internal/describe/redact.js"
import { idForm } from "../internal/settings/id.js"
import type { CollectBatchResultsError, DownloadOutputError, TransportReason } from "../TriggerError.js"
import type { KeyFileUnusable } from "./client.js"
import { ExitCode } from "./exitCode.js"
import type { FileExists, FileNotWritten } from "./files.js"
import { oneLine } from "./terminal/plain.js"

/** Everything that a command can fail with. */
export type CommandError =
  | CollectBatchResultsError
  | DownloadOutputError
  | ConfigError.ConfigError
  | KeyFileUnusable
  | FileExists
  | FileNotWritten

export interface Explanation {
  readonly exitCode: ExitCode
  readonly what: string
  readonly todo: string | undefined
}

const explanation = (exitCode: ExitCode, what: string, todo?: string): Explanation => ({
  exitCode,
  what: oneLine(redact(what)),
  todo: todo === undefined ? undefined : oneLine(redact(todo))
})

const giveKey =
  "Set TRIGGER_SECRET_KEY to a secret key (tr_dev_…, tr_prod_…), or pass a file that holds one: --key-file"

const said = (error: { readonly detail?: string }): string => error.detail === undefined ? "" : `: ${error.detail}`

const tryAgain = ({ retryAfter }: { readonly retryAfter?: Duration.Duration }, otherwise: string): string =>
  `Try again ${retryAfter === undefined ? otherwise : `in ${Duration.format(retryAfter)}`}.`

const checkAddress = "Check the address: TRIGGER_API_URL or --api-url"

const transportFault = (reason: TransportReason): string => {
  switch (reason) {
    case "Refused":
      // also said of a host or a network without a route to it
      return "The server cannot be reached"
    case "Dns":
      return "The host name cannot be resolved"
    case "Tls":
      return "The TLS connection failed"
    case "Timeout":
      return "The server did not respond in time"
    case "Reset":
    case "CutOff":
      return "The connection broke before the response was complete"
    case "BlockedPort":
    case "NotPermitted":
    case "TooLarge":
    case "Malformed":
    case "Unknown":
      return `There is no complete response (${reason})`
  }
}

const transportAdvice = (reason: TransportReason): string => {
  switch (reason) {
    case "Refused":
    case "Dns":
      return `${checkAddress}; and the network.`
    case "Tls":
      return `${checkAddress}, which may need http instead of https; and the server's certificate.`
    case "BlockedPort":
      return `${checkAddress}: fetch sends no request to this port.`
    case "NotPermitted":
      return "Allow the program to connect to this host, with --allow-net of Deno."
    case "TooLarge":
      return "Read the batch from a program, with a larger maxResponseSize in TriggerConfig."
    case "Reset":
    case "CutOff":
    case "Timeout":
    case "Malformed":
    case "Unknown":
      return "Try again; if it stays, check the network and the address (TRIGGER_API_URL or --api-url)."
  }
}

/**
 * A restricted key fails only with --raw: without it, the runs are read elsewhere. The text names no prefix such as `tr_prod`,
 * which would be redacted as a key.
 */
const noRestrictedKey = "The results endpoint, which --raw reads, also refuses restricted keys (tr_…_sk_…) " +
  "and public tokens: leave out --raw, or use a secret key."

/** The options that set what the library names otherwise. */
const optionOf: { readonly [setting: string]: string | undefined } = {
  apiUrl: "--api-url",
  previewBranch: "--branch"
}

/** A hint of the library, in the words of the command. */
const inOptions = (hint: string): string => hint.replace(/\bapiUrl\b/g, "--api-url")

/** What the command knows besides the error. */
export interface ExplainOptions {
  /** The API URL of the option or the environment. */
  readonly apiUrl?: string | undefined
}

/** The characters of an invalid URL that an error quotes. */
const longestUrl = 200

/** Without what may be secret. In a URL that cannot be parsed, it may be anywhere before an `@` and after a `?`. */
const describeUrl = (url: string): string =>
  redact(url.replace(/^(https?:\/\/)?.*@/is, "$1<redacted>@").replace(/([?#]).*$/s, "$1<redacted>"))
    .slice(0, longestUrl)

const gotUrl = (name: string, { apiUrl }: ExplainOptions): string =>
  apiUrl !== undefined && (name === "apiUrl" || name === "TRIGGER_API_URL") ? `, got "${describeUrl(apiUrl)}"` : ""

/** Of several errors, the first that is not about a missing value is described. */
const configuration = (error: ConfigError.ConfigError, options: ExplainOptions): Explanation => {
  switch (error._op) {
    case "And":
    case "Or":
      return configuration(ConfigError.isMissingDataOnly(error.left) ? error.right : error.left, options)
    case "InvalidData":
    case "MissingData":
    case "SourceUnavailable":
    case "Unsupported": {
      const name = error.path.join(".")
      const isKey = /KEY|TOKEN/.test(name)
      if (isKey && error._op === "MissingData") {
        return explanation(ExitCode.unauthorized, "There is no secret key.", `${giveKey}.`)
      }
      return isKey
        ? explanation(ExitCode.unauthorized, `${error.message}.`, `${giveKey}.`)
        : explanation(ExitCode.usage, `${error.message.replace(name, optionOf[name] ?? name)}${gotUrl(name, options)}`)
    }
  }
}

/** The result never holds the key: errors of the library do not, and the text is redacted once more. */
export const explain = (error: CommandError, options: ExplainOptions = {}): Explanation => {
  switch (error._tag) {
    case "ConfigError":
      return configuration(error, options)
    case "InvalidBatchId":
      return explanation(
        ExitCode.usage,
        `Invalid batch id: "${error.batchId}".`,
        `Expected ${idForm("batch")}, as batchTrigger returns it. ` +
          "Give the id alone, not a URL, and not the id of a run (run_…)."
      )
    case "InvalidRunId":
      return explanation(ExitCode.unreachable, `The server sent an invalid run id: "${error.runId}".`)
    case "KeyFileUnusable":
      return explanation(
        ExitCode.unauthorized,
        `The key file "${error.file}" cannot be used: ${error.reason}`,
        "Name a file that holds the secret key and nothing else."
      )
    case "Unauthorized":
      return error.reason === "NoSecretKey"
        ? explanation(ExitCode.unauthorized, `There is no usable secret key${said(error)}.`, `${giveKey}.`)
        : explanation(
          ExitCode.unauthorized,
          `The server refuses the key${said(error)}.`,
          [
            "Check the key (TRIGGER_SECRET_KEY, else TRIGGER_ACCESS_TOKEN, or --key-file): it must be a secret key of this server, " +
            "not a public key (pk_…) or a personal access token (tr_pat_…).",
            error.branch === undefined
              ? "A preview key needs its branch as well: TRIGGER_PREVIEW_BRANCH or --branch."
              : `Check the branch "${error.branch}", too: it comes from --branch, TRIGGER_PREVIEW_BRANCH, ` +
                "VERCEL_GIT_COMMIT_REF or TRIGGER_DEV_BRANCH.",
            ...isResultsEndpoint(error.endpoint) ? [noRestrictedKey] : []
          ].join(" ")
        )
    case "Forbidden":
      return explanation(
        ExitCode.unauthorized,
        `The key may not do this${said(error)}.`,
        "Use a key that may read runs and batches."
      )
    case "BatchNotFound":
      return explanation(
        ExitCode.noSuchBatch,
        `There is no batch ${error.batchId} in the environment of this key.`,
        "Check that the id and the key belong to the same project and environment (dev, staging, preview branch, production)."
      )
    case "RunNotFound":
      return explanation(ExitCode.unreachable, `There is no run ${error.runId} in the environment of this key.`)
    case "RateLimited":
      return explanation(
        ExitCode.unreachable,
        `The rate limit is used up${said(error)}.`,
        tryAgain(error, "in a minute")
      )
    case "ServerError":
      return explanation(
        ExitCode.unreachable,
        `The server failed with status ${error.status}${said(error)}.`,
        [tryAgain(error, "later"), ...error.hint === undefined ? [] : [inOptions(error.hint)]].join(" ")
      )
    case "UnexpectedResponse":
      return explanation(
        ExitCode.unreachable,
        `This response does not come from Trigger.dev: ${error.status} (${
          error.contentType ?? "no content type"
        }) from ${error.endpoint}.`,
        inOptions(error.hint)
      )
    case "InvalidResponse":
      return explanation(
        ExitCode.unreachable,
        `The response to ${error.endpoint} cannot be read: ${
          error.path === "" ? "" : `at ${error.path}: `
        }${error.reason}`,
        "The server may be newer than this command: update effect-trigger-dev."
      )
    case "TransportError":
      return explanation(
        ExitCode.unreachable,
        `${transportFault(error.reason)}: ${error.detail}`,
        transportAdvice(error.reason)
      )
    case "OutputUnavailable":
    case "OutputTooLarge":
      return explanation(ExitCode.unreachable, error.message)
    case "FileExists":
      return explanation(
        ExitCode.usage,
        `${error.files.length === 1 ? "This file exists" : `${error.files.length} files exist`} already: ` +
          `${error.files.slice(0, 3).map((file) => `"${file}"`).join(", ")}${error.files.length > 3 ? ", …" : ""}`,
        "No file was written. Choose another place, or replace existing files with --force."
      )
    case "FileNotWritten":
      return explanation(
        ExitCode.usage,
        `"${error.file}" cannot be written: ${error.reason}`,
        "Choose another place."
      )
  }
}
