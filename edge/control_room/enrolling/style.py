"""How the quality report looks: on a screen by day and by night, on a small one, and on paper."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--rule:#767676;--band:#f2f2f2;--link:#0b57a4;
--good:#1b6b33;--good-band:#e9f5ec;--bad:#a3180d;--bad-band:#fdecea;--mark:#8a5a00;--mark-band:#fff6dc}
@media(prefers-color-scheme:dark){:root{--ink:#ececec;--paper:#141414;--rule:#8c8c8c;--band:#222;--link:#8cc4ff;
--good:#7fd79b;--good-band:#12301c;--bad:#ff9a8f;--bad-band:#3a1512;--mark:#f0c14b;--mark-band:#33280a}}
*{box-sizing:border-box}
body{font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0}
a{color:var(--link)}
.marking{background:var(--mark-band);border-bottom:.25rem solid var(--mark);padding:.6rem 1.5rem}
main{max-width:72rem;margin:0 auto;padding:.5rem 1.5rem 3rem}
h1{font-size:1.7rem;line-height:1.2;margin:1rem 0}
h2{font-size:1.25rem;margin:2.4rem 0 .6rem}
h3{font-size:1.05rem;margin:1.6rem 0 .4rem}
p,li{max-width:52rem}
.standing{padding:.7rem 1rem;border-left:.4rem solid}
.holds{background:var(--good-band);border-color:var(--good)}
.fails{background:var(--bad-band);border-color:var(--bad)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;list-style:none;padding:0;
margin:1.2rem 0;max-width:52rem}
.figures li{background:var(--band);padding:.6rem 1rem}
.figures strong{display:block;font-size:1.5rem;line-height:1.2}
.remarks{padding-left:1.2rem}
.remarks li{margin:.35rem 0}
.remarks li,td,code,.long{overflow-wrap:anywhere}
tbody th{white-space:nowrap}
tbody th.long{white-space:normal}
.table{overflow-x:auto}
.table:focus-visible,a:focus-visible{outline:.2rem solid var(--link);outline-offset:.1rem}
table{border-collapse:collapse;width:100%}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{text-align:left;vertical-align:top;padding:.4rem .7rem;border-bottom:1px solid var(--rule)}
td,tbody th{min-width:5rem}
th{font-weight:600}
thead th{white-space:nowrap}
tbody tr:nth-child(even){background:var(--band)}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;min-width:4rem}
code{font-size:.9em}
@media screen{table{min-width:36rem}}
@media print{
:root{color-scheme:light;--ink:#000;--paper:#fff;--rule:#999;--band:#fff;--link:#000;--good:#000;--good-band:#fff;
--bad:#000;--bad-band:#fff;--mark:#000;--mark-band:#fff}
@page{margin:16mm 14mm;@bottom-right{content:counter(page) " of " counter(pages)}
@bottom-left{content:"Personal data: delete as the first page says"}}
body{font-size:9.5pt}
main{max-width:none;padding:0}
.marking{border:1.5pt solid;padding:.4rem .6rem}
.standing{border:1pt solid;border-left-width:4pt}
.figures li{border:1pt solid var(--rule)}
.table{overflow:visible}
h2,h3{break-after:avoid}
tr,.remarks li{break-inside:avoid}
thead{display:table-header-group}
a{text-decoration:none}
}
""".replace("\n", "")
