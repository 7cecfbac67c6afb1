/**
 * Opens who is measured, by the name that a process was given.
 */
import { openCollector } from "./collectors.js"
import { type Client, isContender, open } from "./contenders.js"

export const openNamed = async (name: string | undefined, apiUrl: string): Promise<Client> => {
  const client = isContender(name) ? await open(name, apiUrl) : await openCollector(name ?? "", apiUrl)
  if (client === undefined) {
    throw new Error(`no such contender: ${name}`)
  }
  return client
}
