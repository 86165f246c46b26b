//! How the report looks.

/// The style sheet: colours of both schemes keep a contrast of 4.5 (WCAG 2.2, 1.4.3); tables scroll inside the page, and on
/// paper their cells break instead.
pub(super) const SHEET: &str = "
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#c9d1d9;--soft:#57606a;--a:#0550ae;--b:#9a6700;--c:#b42318;--d:#6e7781}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--line:#3d444d;--soft:#9aa4b0;--a:#6cb6ff;--b:#e0b040;--c:#ff8a80;--d:#9aa4b0}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:100rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:4px}
table{border-collapse:collapse;width:100%;font-size:.875rem;overflow-wrap:normal}
caption{text-align:left;padding:.5rem;color:var(--soft)}caption span{display:inline-block;position:sticky;left:.5rem;max-width:calc(100vw - 4rem)}
th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-top:1px solid var(--line)}
th,.w{white-space:nowrap}td{max-width:28rem}td.p{min-width:min(22rem,55vw);word-break:break-all}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
summary{cursor:pointer}
figure{margin:1.5rem 0;max-width:60rem}figcaption{color:var(--soft)}
figure ol{list-style:none;margin:.5rem 0;padding:0;font-size:.875rem}
figure li{display:flow-root;margin:.5rem 0}
figure li>span{word-break:break-all}
figure b{float:right;font-weight:normal;color:var(--soft);margin-left:1rem;font-variant-numeric:tabular-nums}
.key{white-space:nowrap;margin-left:.75rem}.key i{display:inline-block;width:.75em;height:.75em;margin-right:.35em}
svg{display:block;clear:both;width:100%}.bar{height:.75rem}.week{height:1.75rem}
figure .days{display:grid;grid-template-columns:repeat(7,1fr);color:var(--soft);margin:0}
.a{fill:var(--a);background:var(--a)}.b{fill:var(--b);background:var(--b)}.c{fill:var(--c);background:var(--c)}.d{fill:var(--d);background:var(--d)}
.e{stroke:var(--line);fill:none;vector-effect:non-scaling-stroke}
footer{margin-top:2rem;color:var(--soft)}
@page{size:A4 landscape;margin:1cm}
@media print{:root{--ink:#000;--paper:#fff;--line:#999;--soft:#333;--a:#0550ae;--b:#9a6700;--c:#b42318;--d:#6e7781}
*{print-color-adjust:exact}body{padding:0}.scroll{overflow:visible;border:0}table{font-size:.55rem;overflow-wrap:anywhere}th,.n,.w{white-space:normal}th{overflow-wrap:normal}#endpoints{break-before:page}th,td{padding:.1rem .2rem}td.p{min-width:9rem}tr,li{break-inside:avoid}}
";
