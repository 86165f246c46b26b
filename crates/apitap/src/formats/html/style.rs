//! How the report looks.

/// The style sheet: colours of both schemes keep a contrast of 4.5 (WCAG 2.2, 1.4.3); tables scroll inside the page.
pub(super) const SHEET: &str = "
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#c9d1d9;--soft:#57606a;--a:#0550ae;--b:#9a6700;--c:#b42318;--d:#6e7781}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--line:#3d444d;--soft:#9aa4b0;--a:#6cb6ff;--b:#e0b040;--c:#ff8a80;--d:#9aa4b0}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:100rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:4px}
table{border-collapse:collapse;width:100%;font-size:.875rem}
caption{text-align:left;padding:.5rem;color:var(--soft)}
th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-top:1px solid var(--line)}
th{white-space:nowrap}td{overflow-wrap:break-word;max-width:28rem}td details{overflow-wrap:anywhere}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
summary{cursor:pointer}
figure{margin:1rem 0;overflow-x:auto}figcaption{color:var(--soft)}
svg{display:block;width:100%;min-width:32rem;max-width:60rem;height:auto}
svg text{fill:var(--ink);font:13px system-ui,sans-serif}
.a{fill:var(--a)}.b{fill:var(--b)}.c{fill:var(--c)}.d{fill:var(--d)}.e{stroke:var(--line);fill:none}
footer{margin-top:2rem;color:var(--soft)}
@media print{:root{--ink:#000;--paper:#fff;--line:#999;--soft:#333;--a:#0550ae;--b:#9a6700;--c:#b42318;--d:#6e7781}.scroll{overflow:visible;border:0}tr,figure{break-inside:avoid}}
";
