/**
 * The arithmetic of the benchmarks: medians and quartiles, of samples and of paired ratios.
 */

export interface Summary {
  readonly median: number
  readonly lower: number
  readonly upper: number
}

/** The value below which the given share of the samples lies, linear between neighbours. */
export const quantile = (samples: ReadonlyArray<number>, share: number): number => {
  const sorted = [...samples].sort((a, b) => a - b)
  const position = (sorted.length - 1) * share
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}

/** The median and the quartiles. */
export const summarise = (samples: ReadonlyArray<number>): Summary => ({
  median: quantile(samples, 0.5),
  lower: quantile(samples, 0.25),
  upper: quantile(samples, 0.75)
})

/** Each sample over its partner of the same round: what slows a whole round down cancels out. */
export const ratios = (samples: ReadonlyArray<number>, base: ReadonlyArray<number>): ReadonlyArray<number> =>
  samples.map((sample, round) => sample / (base[round] ?? Number.NaN))

/** The same list, begun `by` places later, so that nobody is always first. */
export const rotate = <A>(list: ReadonlyArray<A>, by: number): ReadonlyArray<A> => {
  const start = by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}
