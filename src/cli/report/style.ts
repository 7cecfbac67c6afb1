/**
 * The style of the page: light and dark, wide and narrow, and printed.
 */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fff; --panel: #f6f8fa; --line: #d1d9e0; --ink: #1f2328; --soft: #59636e; --link: #0550ae;
  --succeeded: #1a7f37; --failed: #cf222e; --running: #0969da; --queued: #ced5dc; --unavailable: #9a6700;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #0d1117; --panel: #161b22; --line: #30363d; --ink: #e6edf3; --soft: #9198a1; --link: #79c0ff;
    --succeeded: #3fb950; --failed: #ff7b72; --running: #58a6ff; --queued: #3d444d; --unavailable: #d29922;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font: 600 1.5rem/1.3 var(--mono); margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p { margin: .25rem 0; }
a { color: var(--link); }
a, button, input, select, summary, [tabindex] { border-radius: 4px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.soft { color: var(--soft); }
.mono { font-family: var(--mono); font-size: .87em; }
.skip { position: absolute; left: -100vw; }
.skip:focus { position: static; }
.state { white-space: nowrap; font-weight: 600; font-size: .87em; }
.succeeded { color: var(--succeeded); fill: var(--succeeded); }
.failed { color: var(--failed); fill: var(--failed); }
.running { color: var(--running); fill: var(--running); }
.queued, .pending { color: var(--soft); fill: var(--queued); }
.unavailable { color: var(--unavailable); fill: var(--unavailable); }

.totals { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: .75rem; margin: 1.25rem 0 .75rem; padding: 0; }
.totals div { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .6rem .9rem; }
.totals dt { color: var(--soft); font-size: .87em; }
.totals dd { margin: 0; font-size: 1.5rem; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; }
.share { display: block; width: 100%; height: 10px; border-radius: 5px; overflow: hidden; background: var(--panel); }

figure { margin: 0; }
figcaption { display: flex; flex-wrap: wrap; gap: .25rem 1rem; color: var(--soft); font-size: .87em; margin-bottom: .5rem; }
.key { display: inline-flex; align-items: center; gap: .4rem; }
.key svg { width: 11px; height: 11px; }
.plot { display: block; width: 100%; overflow: visible; }
.plot text { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.plot .grid { stroke: var(--line); stroke-width: 1; }
.plot .wait { fill: var(--queued); opacity: .7; }
.lanes rect:hover { opacity: .6; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 500; font-size: .87em; white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.durations .number, .slowest .number { width: 1%; padding-right: 1.5rem; }
.durations td:last-child, .durations th:last-child { width: 34%; min-width: 9rem; padding-right: 0; }
.bars { fill: var(--running); opacity: .75; }
.median { stroke: var(--ink); stroke-width: 1.5; }

.cards { padding: 0; margin: 0; list-style: none; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.cards li + li { border-top: 1px solid var(--line); }
.cards summary { display: flex; flex-wrap: wrap; gap: .1rem .75rem; align-items: baseline; padding: .55rem .9rem; color: inherit; }
.cards summary:hover, .cards details[open] > summary { background: var(--panel); }
.cards .count { min-width: 2.6rem; font-weight: 700; font-variant-numeric: tabular-nums; }
.cards .said { flex: 1 1 12rem; min-width: 0; font: .93em/1.5 var(--mono); overflow-wrap: anywhere; }
.cards .soft { font-size: .87em; flex: 0 1 auto; max-width: 100%; overflow-wrap: anywhere; }
@media (min-width: 46rem) { .cards summary > .soft { max-width: 40%; text-align: right; } }
.cards details > :not(summary) { margin: .5rem .9rem; }
summary { cursor: pointer; }
pre {
  font: .83em/1.45 var(--mono); background: var(--panel); border: 1px solid var(--line); border-radius: 6px;
  padding: .6rem .75rem; margin: .5rem 0 0; overflow: auto; max-height: 24rem; white-space: pre-wrap; overflow-wrap: anywhere;
}

.controls { display: flex; flex-wrap: wrap; gap: .6rem; align-items: end; margin-bottom: .75rem; }
.controls label { display: grid; gap: .15rem; color: var(--soft); font-size: .87em; }
.controls .search { flex: 1 1 14rem; }
.controls select { width: 9rem; }
input, select, button {
  font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--line); padding: .4rem .65rem; min-height: 2.4rem;
}
input { width: 100%; }
button { background: var(--panel); cursor: pointer; }
.runs, .runs thead, .runs tbody { display: block; }
.runs tr {
  display: grid; gap: 0 .75rem;
  grid-template-columns: 9.5rem minmax(6rem, 11rem) minmax(8rem, 15.5rem) 5.5rem minmax(11rem, 1fr);
  padding: .4rem 0; border-bottom: 1px solid var(--line);
}
.runs tbody tr { content-visibility: auto; contain-intrinsic-size: auto 2.3rem; }
.runs th, .runs td { border: 0; padding: 0; min-width: 0; overflow-wrap: anywhere; }
.runs .number { padding-right: .75rem; }
.runs summary { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.runs details[open] > summary { white-space: normal; }

@media (max-width: 46rem) {
  main { padding: 1rem .9rem 3rem; }
  h1 { font-size: 1.2rem; }
  .totals { grid-template-columns: repeat(2, 1fr); gap: .5rem; }
  .totals dd { font-size: 1.25rem; }
  .runs thead { position: absolute; left: -100vw; }
  .runs tr { grid-template-columns: 1fr auto; }
  .runs tbody tr { contain-intrinsic-size: auto 5rem; }
  .runs td:nth-child(1) { order: 1; }
  .runs td:nth-child(4) { order: 2; }
  .runs td:nth-child(2) { order: 3; }
  .runs td:nth-child(3) { order: 4; }
  .runs td:nth-child(5) { order: 5; grid-column: 1 / -1; }
  .controls label, .controls .search { flex: 1 1 40%; min-width: 0; }
  .controls .search { flex-basis: 100%; }
  .controls select { width: 100%; }
  .runs .number { padding-right: 0; }
  .wide { display: none; }
  .durations, .durations thead, .durations tbody { display: block; }
  .durations tr { display: grid; grid-template-columns: 1fr 2.6rem 3.2rem 4.2rem 4.2rem; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  .durations th, .durations td { border: 0; padding: 0; min-width: 0; width: auto; overflow-wrap: anywhere; }
  .durations .number { width: auto; padding: 0; }
  .durations td:last-child, .durations th:last-child { grid-column: 1 / -1; width: auto; }
}
@media print { .controls, .skip { display: none; } pre { max-height: none; } .runs summary { white-space: normal; } }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`
