/* Formulas to HTML, once, when the site is built: node typeset.js MATHJAX_FOLDER < [{tex, display}] > {html, css}. */
const folder = process.argv[2];
const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
require(`${folder}/node-main.js`)
  .init({
    loader: { paths: { mathjax: folder }, require, load: ["adaptors/liteDOM", "input/tex-full", "output/chtml"] },
    chtml: { fontURL: "mathjax/output/chtml/fonts/woff-v2" },
    startup: { typeset: false },
  })
  .then((MathJax) => {
    const adaptor = MathJax.startup.adaptor;
    const html = formulas.map(({ tex, display }) => {
      const drawn = adaptor.outerHTML(MathJax.tex2chtml(tex, { display }));
      if (drawn.includes("<mjx-merror") || drawn.includes("color: red")) throw new Error(`cannot be set: ${tex}`);
      const read = MathJax.tex2mml(tex, { display }).replace(/\s*\n\s*/g, "");
      return `${drawn.replace("<mjx-container", '<mjx-container aria-hidden="true"')}<span class="math-read">${read}</span>`;
    });
    process.stdout.write(JSON.stringify({ html, css: adaptor.textContent(MathJax.chtmlStylesheet()) }));
  })
  .catch((error) => { console.error(String(error.message || error)); process.exit(1); });
