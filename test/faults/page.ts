/**
 * The table of faults as a page of the documentation.
 */
import { type ClientName, clientNames } from "./clients.js"
import { type DownloadFault, downloadFaults, type DownloadOutcome, downloadOutcomeOf } from "./downloads.js"
import { type Fault, faults, type Group, groups, maxAttempts, type Outcome, outcomeOf } from "./table.js"

const intro = `# Reliability

Written by \`npm run reliability\` from the table that the tests hold the client to; do not edit.

A server on loopback does each of these on purpose. \`getBatchResults\` is called against it over three HTTP clients:
${clientNames.map((name) => `\`${name}\``).join(", ")}. For each row the tests see that

- the call becomes what is written here, under every client that the last column does not name;
- it is tried as often as is written here, by a policy of ${
  maxAttempts - 1
} retries, and the server sees no other request;
- no fiber and no socket is left, and the process goes on;
- neither the key nor a presigned URL's query string is in the error, its cause, a log, a span or a metric.

[Errors and retries](errors.md) tells what each error means and what to do about it.`

const notes: { readonly [group in Group]?: string } = {
  Time: "The time-out is `requestTimeout`, and is for an attempt, its body included.",
  Compression:
    "Answers are asked for uncompressed, unless `compression: true` is set. Of the three clients `fetch` alone " +
    "unpacks what comes packed all the same; to the others it is not JSON.",
  Size: "The limit is `maxResponseSize`, and is for the unpacked body.",
  "Statuses and headers":
    "A wait that a server asks for is kept, up to the policy's cap; a longer one is an error at once. Where the clocks do " +
    "not agree, the server's own `Date` tells how long it means.",
  Attacks: "A server, or a proxy, that repeats the key wherever it can."
}

const words = (fields: { readonly [name: string]: unknown }): string =>
  [
    typeof fields["reason"] === "string" && /^\w+$/.test(fields["reason"]) ? `, \`${fields["reason"]}\`` : "",
    typeof fields["status"] === "number" ? `, status ${fields["status"]}` : "",
    typeof fields["path"] === "string" && fields["path"] !== "" ? ` at \`${fields["path"]}\`` : ""
  ].join("")

const become = (outcome: Outcome): string =>
  "value" in outcome ? "the results" : `\`${outcome.error}\`${words(outcome.fields)}`

const other = (fault: Fault, client: ClientName): string => {
  const usual = fault.outcome
  const outcome = outcomeOf(fault, client)
  const lingers = fault.lingers?.[client]
  return [
    ...(outcome === usual
      ? []
      : [
        `\`${client}\`: ${become(outcome)}` +
        (outcome.attempts === usual.attempts ? "" : `, tried ${outcome.attempts} ×`)
      ]),
    ...(lingers === undefined ? [] : [`\`${client}\` leaves the socket to the garbage collector: ${lingers}`])
  ].join("; ")
}

const row = (fault: Fault): string =>
  `| ${
    [
      fault.name,
      become(fault.outcome),
      fault.outcome.attempts,
      clientNames.map((client) => other(fault, client)).filter((text) => text !== "").join("; ")
    ].join(" | ")
  } |`

const section = (group: Group): string => {
  const note = notes[group]
  return [
    `## ${group}`,
    ...(note === undefined ? [] : ["", note]),
    "",
    "| the fault | the call becomes | attempts | except |",
    "| --- | --- | --- | --- |",
    ...faults.filter((fault) => fault.group === group).map(row)
  ].join("\n")
}

const downloads = `## Downloads

\`downloadOutput\` is called for an output that lies in an object store, and the store does this. The API is well, and gives
a new URL each time it is asked. The table tells how many requests the store gets, each with a URL of its own: what may
pass is retried by a policy of ${maxAttempts - 1} retries, and a refusal is followed by one more request. The store gets
neither the key nor the branch. The time-out is for a download that stands still. The limit is \`maxOutputSize\`.

| the fault | the call becomes | requests | except |
| --- | --- | --- | --- |`

const downloadBecomes = (outcome: DownloadOutcome): string =>
  "text" in outcome
    ? `the output${outcome.but === undefined ? "" : `, ${outcome.but}`}`
    : `\`${outcome.error}\`${words(outcome.fields)}` +
      (outcome.cause === undefined ? "" : `; its cause: \`${outcome.cause.error}\`${words(outcome.cause.fields)}`)

const otherDownload = (fault: DownloadFault, client: ClientName): ReadonlyArray<string> => {
  const outcome = downloadOutcomeOf(fault, client)
  return outcome === fault.outcome
    ? []
    : [
      `\`${client}\`: ${downloadBecomes(outcome)}` +
      (outcome.requests === fault.outcome.requests ? "" : `, requests: ${outcome.requests}`)
    ]
}

const downloadRow = (fault: DownloadFault): string =>
  `| ${
    [
      fault.name,
      downloadBecomes(fault.outcome),
      fault.outcome.requests,
      clientNames.flatMap((client) => otherDownload(fault, client)).join("; ")
    ].join(" | ")
  } |`

export const page = `${
  [intro, ...groups.map(section), [downloads, ...downloadFaults.map(downloadRow)].join("\n")].join("\n\n")
}\n`
