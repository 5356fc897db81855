namespace LoraUnlearn.Reporting;

/// <summary>The style of pages: readable from a phone to a wide screen, in a light and a dark theme, and on paper.</summary>
internal static class HtmlStyle
{
    private const string Light = "--paper:#fff;--ink:#1c2024;--soft:#57606a;--rule:#d8dee4;--card:#f4f6f8;--link:#1f5fae;--added:#cdeed5;--gone:#f7d3d3;";

    private const string Dark = "--paper:#14171a;--ink:#e6e9ec;--soft:#a3adb8;--rule:#343b42;--card:#1d2226;--link:#7db7f7;--added:#1d4a2b;--gone:#5a2426;";

    private const string Rules = """
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
        body{margin:0 auto;max-width:1180px;padding:1.2rem clamp(.8rem,3vw,2rem) 3rem;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;overflow-wrap:anywhere}
        h1{font-size:clamp(1.5rem,4vw,2.1rem);line-height:1.2;margin:.4rem 0 .6rem}
        h2{font-size:1.35rem;line-height:1.25;margin:2.4rem 0 .6rem;padding-top:.7rem;border-top:1px solid var(--rule)}
        h3{font-size:1.08rem;margin:1.5rem 0 .4rem}
        p{max-width:46rem;margin:.6rem 0}
        a{color:var(--link)}
        nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;list-style:none;margin:.4rem 0;padding:0}
        .note{color:var(--soft)}
        .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,13.5rem),1fr));gap:.7rem;margin:1rem 0;padding:0}
        .tiles div{background:var(--card);border:1px solid var(--rule);border-radius:.5rem;padding:.6rem .8rem}
        .tiles dt{color:var(--soft);font-size:.88rem}
        .tiles dd{margin:0}
        .tiles .value{font-size:1.45rem;font-weight:650;line-height:1.3;font-variant-numeric:tabular-nums}
        .tiles .means{font-size:.82rem;line-height:1.4;color:var(--soft)}
        .scroll{overflow-x:auto;margin:.9rem 0}
        .scroll:focus-visible{outline:2px solid var(--link)}
        table{border-collapse:collapse;overflow-wrap:break-word;font-variant-numeric:tabular-nums;font-size:.93rem}
        .caption{color:var(--soft);margin:1.1rem 0 .2rem;font-size:.93rem}
        .caption+.scroll{margin-top:.2rem}
        th,td{padding:.28rem .7rem;border-bottom:1px solid var(--rule);text-align:right;vertical-align:top}
        th:first-child,td:first-child{text-align:left;padding-left:0}
        thead th{border-bottom-width:2px;vertical-align:bottom}
        tbody th{font-weight:400;min-width:6.5rem}
        td{white-space:nowrap}
        table.text td,table.text th{text-align:left}
        table.text td{white-space:normal;overflow-wrap:anywhere;min-width:8rem}
        .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:1.2rem;align-items:start;margin:1rem 0}
        figure{margin:0;min-width:0;max-width:38rem}
        svg.chart{display:block;width:100%;height:auto;color:var(--ink)}
        figcaption{color:var(--soft);font-size:.88rem;line-height:1.4;padding-top:.3rem}
        details{margin:.8rem 0}
        summary{cursor:pointer;color:var(--link)}
        .answer{border:1px solid var(--rule);border-radius:.5rem;padding:.5rem .9rem;margin:.8rem 0;background:var(--card)}
        .answer h3{margin:.2rem 0 .4rem}
        .answer dl{margin:.3rem 0;display:grid;grid-template-columns:minmax(4.5rem,auto) 1fr;gap:.25rem .9rem}
        .answer dt{color:var(--soft)}
        .answer dd{margin:0;min-width:0;white-space:pre-wrap}
        @media (max-width:34rem){th,td{padding:.28rem .45rem}table{font-size:.88rem}.answer dl{grid-template-columns:1fr;gap:0}.answer dd{margin-bottom:.5rem}}
        ins,del{border-radius:.2em;padding:0 .12em}
        ins{background:var(--added);text-decoration:underline}
        del{background:var(--gone);text-decoration:line-through;margin-right:.15em}
        footer{margin-top:3rem;border-top:1px solid var(--rule);color:var(--soft);font-size:.88rem}
        @media print{body{max-width:none;padding:0;font-size:10pt}nav{display:none}figure,.answer,tr,.tiles div{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}details::details-content{content-visibility:visible;block-size:auto}a{color:inherit;text-decoration:none}}
        """;

    /// <summary>The whole style sheet.</summary>
    public static string Sheet { get; } =
        $":root{{color-scheme:light dark;{Light}{ChartPalette.Declarations(dark: false)}}}\n"
        + $"@media screen and (prefers-color-scheme:dark){{:root{{{Dark}{ChartPalette.Declarations(dark: true)}}}}}\n"
        + Rules.ReplaceLineEndings("\n");
}
