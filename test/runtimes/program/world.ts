/**
 * What a test and the program that it runs in a runtime say to each other.
 */

/** Where the servers of a test are. */
export interface World {
  readonly key: string
  /** The simulator. */
  readonly api: string
  /** Another one, whose rate limit is used up every second. */
  readonly busyApi: string
  /** A server that fails in the way that the first segment of the path names. */
  readonly faults: string
  /** A server that takes requests and never responds. */
  readonly silent: string
  /** A port where nothing listens. */
  readonly closed: string
  /** A TLS server with a certificate that nobody trusts. */
  readonly selfSigned: string
  /** A server that closes each connection during the TLS handshake. */
  readonly handshake: string
  /** A TLS server whose latest version is 1.1. */
  readonly outdated: string
  /** Creates batches, and tells what the servers have seen. */
  readonly control: string
}

/** What the servers have seen. */
export interface Seen {
  /** Requests to the realtime feed. */
  readonly feedRequests: number
  /** Whether the simulator serves the feed. */
  readonly hasFeed: boolean
  /** Requests that followed a redirect. */
  readonly redirected: number
  /** Open connections of the silent server that carried a request. */
  readonly waiting: number
}

/** How a check ended. After the last one comes `end`. */
export interface Report {
  readonly check: string
  readonly outcome: unknown
}
