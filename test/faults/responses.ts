/**
 * The bytes of responses, and ways to send them: what the tables of faults are made of.
 */
import { gzipSync } from "node:zlib"
import type { Exchange } from "./server.js"

export type Headers = ReadonlyArray<readonly [name: string, value: string]>

export const json = ["content-type", "application/json; charset=utf-8"] as const

/** Without keep-alive, so that no connection may be left after any row. */
export const close = ["connection", "close"] as const

export const head = (headers: Headers, status = "200 OK"): string =>
  `HTTP/1.1 ${status}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`

/** A whole response. */
export const response = (content: string | Uint8Array, headers: Headers = [json], status = "200 OK"): Buffer => {
  const bytes = Buffer.from(content)
  return Buffer.concat([
    Buffer.from(head([...headers, ["content-length", String(bytes.length)], close], status), "latin1"),
    bytes
  ])
}

export const chunk = (bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")])

export const chunked = head([json, ["transfer-encoding", "chunked"], close])

export const send = (...parts: ReadonlyArray<string | Uint8Array>) => ({ socket }: Exchange): void => {
  socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))))
}

export const sendAndClose = (...parts: ReadonlyArray<string | Uint8Array>) => ({ socket }: Exchange): void => {
  socket.end(Buffer.concat(parts.map((part) => Buffer.from(part))))
}

/** The pause lets the client see what came before the reset. */
export const sendAndReset = (...parts: ReadonlyArray<string | Uint8Array>) => ({ socket }: Exchange): void => {
  socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))), () => {
    setTimeout(() => socket.resetAndDestroy(), 10)
  })
}

/** Keeps writing for as long as the client reads. */
export const pour = (first: string | Uint8Array, more: Uint8Array) => ({ socket }: Exchange): void => {
  socket.write(first)
  const pump = () => {
    while (!socket.destroyed && socket.write(more)) {
      // until the client is slower than we are
    }
  }
  socket.on("drain", pump)
  pump()
}

export const mebibyte = 1024 * 1024

/** A gigabyte of blanks in one megabyte of gzip: a thousand and twenty-four members of a mebibyte each. */
export const bomb = (): Buffer => {
  const member = gzipSync(Buffer.alloc(mebibyte, " "), { level: 9 })
  return Buffer.concat(Array.from({ length: 1024 }, () => member))
}

export const gzip = ["content-encoding", "gzip"] as const
