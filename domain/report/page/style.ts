/** The page's style: quiet, one column, for screens light and dark and for paper. No fonts are loaded. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1d2126; --soft: #5d6670; --rule: #dde1e5; --tint: #f5f6f7; --link: #0a5a94;
  --warn: #9a5b00; --warn-tint: #fdf6e9;
  --arm-0: #59626b; --arm-1: #0072b2; --arm-2: #c8500a; --arm-3: #00855f; --arm-4: #a8538a; --arm-5: #b27a00;
  --arm-6: #2f93cc; --arm-7: #7a4d2b;
  --sans: system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif;
  --serif: Charter, 'Bitstream Charter', 'Iowan Old Style', 'Palatino Linotype', Palatino, Georgia, serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e4e7ea; --soft: #9aa4ae; --rule: #33393f; --tint: #1c2024; --link: #7cbcf0;
    --warn: #f0b95c; --warn-tint: #241f15;
    --arm-0: #aab3bc; --arm-1: #4aa8e8; --arm-2: #f58a4b; --arm-3: #2fc799; --arm-4: #dd94c3; --arm-5: #e6b03c;
    --arm-6: #8fd0f5; --arm-7: #c69a78;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 3.5rem 1.5rem 4rem; max-width: 56rem;
  background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 var(--serif);
}
h1, h2, h3, .kicker, nav, table, dl, figure, .running, .caveats, details, footer { font-family: var(--sans); }
h1 { margin: 0 0 1.5rem; font-size: 2.1rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; text-wrap: balance; }
h2 { margin: 3.5rem 0 1rem; font-size: 1.3rem; line-height: 1.3; font-weight: 650; letter-spacing: -0.005em; }
h3 { margin: 2rem 0 0.5rem; font-size: 1rem; }
.kicker { margin: 0 0 0.6rem; color: var(--soft); font-size: 0.85rem; }
.headline { margin: 0 0 0.6rem; font-size: 1.3rem; line-height: 1.45; text-wrap: pretty; }
.status { margin: 0; color: var(--soft); font-size: 0.92rem; }
.summary { max-width: 44rem; }
a { color: var(--link); text-underline-offset: 0.15em; text-decoration-thickness: 1px; }
code { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, monospace; font-size: 0.88em; overflow-wrap: anywhere; }
small { color: var(--soft); font-size: 0.88em; }
.running { padding: 0.7rem 1rem; border: 1px solid var(--link); border-radius: 6px; font-size: 0.92rem; }
.caveats { margin: 2rem 0; padding: 1.1rem 1.4rem; background: var(--warn-tint); border-left: 3px solid var(--warn); font-size: 0.92rem; line-height: 1.5; }
.caveats details { margin: 0; font-size: inherit; }
.caveats summary { font-weight: 600; color: var(--warn); }
ul, .caveats ul { margin: 0.5rem 0; padding-left: 1.2rem; }
li { margin: 0.3rem 0; }
nav { margin: 2rem 0 0; font-size: 0.88rem; }
nav ol { margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; }
figure { margin: 1.5rem 0 2rem; }
.drawing { overflow-x: auto; }
figure svg { display: block; max-width: 100%; height: auto; font-family: var(--sans); }
figcaption { margin-top: 0.8rem; max-width: 44rem; color: var(--soft); font-size: 0.86rem; line-height: 1.5; }
figcaption b, caption b { color: var(--ink); font-weight: 600; }
.legend { margin: 0 0 0.8rem; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 0.3rem 1.4rem; font-size: 0.9rem; }
.legend li { display: flex; align-items: center; gap: 0.5rem; margin: 0; }
.legend svg { flex: none; }
.frame { margin: 1.2rem 0 1.8rem; overflow-x: auto; }
caption > span { display: block; max-width: min(44rem, 100vw - 3rem); }
table { border-collapse: collapse; min-width: 55%; font-size: 0.84rem; line-height: 1.4; font-variant-numeric: tabular-nums lining-nums; }
caption { padding: 0 0 0.6rem; text-align: left; color: var(--soft); font-size: 0.86rem; line-height: 1.5; }
th, td { padding: 0.28rem 1.1rem 0.28rem 0; text-align: right; vertical-align: baseline; }
th:last-child, td:last-child { padding-right: 0; }
thead th { border-bottom: 1px solid var(--ink); font-weight: 600; vertical-align: bottom; }
tbody tr { border-bottom: 1px solid var(--rule); }
th.name, th.text, td.text { text-align: left; }
tbody th.name { font-weight: 600; white-space: nowrap; }
td.figure { white-space: nowrap; }
tr.group th { padding-top: 1rem; text-align: left; font-weight: 600; color: var(--soft); }
tbody tr:hover:not(.group) { background: var(--tint); }
details { margin: 1rem 0; font-size: 0.92rem; }
summary { cursor: pointer; color: var(--link); }
q { quotes: '“' '”'; font-family: var(--serif); overflow-wrap: anywhere; }
.open { color: var(--soft); }
.apart { font-weight: 600; }
.empty { color: var(--soft); font-style: italic; }
dl { margin: 0.5rem 0; font-size: 0.86rem; line-height: 1.45; }
dl > div { padding: 0.25rem 0; border-bottom: 1px solid var(--rule); }
dl > .leaf { display: grid; grid-template-columns: min(13rem, 40%) minmax(0, 1fr); gap: 0 1rem; }
dl > .nested > dd { padding-left: 1rem; }
dl dl { margin: 0; }
dl dl > div:last-child { border-bottom: 0; }
dt { color: var(--soft); overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--soft); font-size: 0.82rem; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@media (max-width: 40rem) { body { padding: 2rem 1rem; font-size: 1rem; } h1 { font-size: 1.6rem; } .drawing svg { max-width: none; } }
@media (min-width: 60rem) { .wide { width: min(76rem, 100vw - 4rem); position: relative; left: 50%; transform: translateX(-50%); } .wide > table { margin: 0 auto; } }
@media print {
  html { font-size: 9.5pt; }
  body { max-width: none; padding: 0; font-size: 1rem; }
  nav { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .frame, .drawing { overflow: visible; }
  .wide { width: auto; position: static; transform: none; }
  table { font-size: 7.5pt; }
  th, td { padding-right: 0.5rem; }
  figure, tr, .caveats li { break-inside: avoid; }
  h2, summary, caption, thead { break-after: avoid; }
}
`;
