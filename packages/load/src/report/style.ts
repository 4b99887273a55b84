/** The page's style sheet: light and dark, as the reader's system has it. */
export const style = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2430;--quiet:#5c6878;--line:#dfe4ea;--card:#f6f8fa;--warn:#8a4b00;--warnbg:#fff4e0;
--c0:#1f6feb;--c1:#d9480f;--c2:#2b8a3e;--c3:#9c36b5;--c4:#e8a200;--c5:#0c8599;--c6:#c2255c;--c7:#5f3dc4}
@media(prefers-color-scheme:dark){:root{--bg:#12161c;--fg:#e4e9ef;--quiet:#9aa6b4;--line:#2b333d;--card:#1a2028;--warn:#ffc46b;--warnbg:#33260f;
--c0:#6ea8fe;--c1:#ff8a5c;--c2:#69c779;--c3:#d08ae6;--c4:#f2c14b;--c5:#4fc3d4;--c6:#f06595;--c7:#a58bf0}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 22px 60px}
h1{font-size:26px;margin:0 0 6px}h2{font-size:20px;margin:36px 0 4px;padding-top:18px;border-top:1px solid var(--line)}h3{font-size:16px;margin:26px 0 8px}
p{margin:6px 0}.quiet{color:var(--quiet)}.command code{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:3px 8px;overflow-wrap:anywhere}
.warning{background:var(--warnbg);color:var(--warn);border-radius:6px;padding:8px 12px}
.tiles{display:flex;flex-wrap:wrap;gap:12px;list-style:none;padding:0;margin:16px 0}
.tiles li{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 16px;color:var(--quiet);min-width:150px}
.tiles b{display:block;font-size:22px;color:var(--fg);font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:5px 12px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left;padding-left:4px}th{color:var(--quiet);font-weight:600;font-size:13px}
td:last-child{white-space:normal}td.step{padding-left:24px;color:var(--quiet)}tbody tr:hover{background:var(--card)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(430px,1fr));gap:18px;margin:18px 0}
@media(max-width:520px){.charts{grid-template-columns:1fr}}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px}
svg{display:block;width:100%;height:auto}svg path{fill:none;stroke-width:1.8;stroke-linejoin:round}
.grid{stroke:var(--line)}.tick{stroke:var(--quiet)}.mark{font-size:11px;fill:var(--quiet)}.label{font-size:12px;fill:var(--quiet)}.title{font-size:14px;font-weight:600;fill:var(--fg)}
.legend{display:flex;flex-wrap:wrap;gap:4px 14px;list-style:none;padding:4px 0 0;margin:0;font-size:12px;color:var(--quiet)}
.legend i{display:inline-block;width:14px;height:3px;border-radius:2px;margin-right:6px;vertical-align:middle}
@media print{figure,section{break-inside:avoid}}
`;
