/* Search: chapters first, the glossary next, then the pages around them; the package's own pages last. */
var Scorer = {
  score: ([page, title, anchor, description, score]) => {
    const places = { "notebooks/": 200, "book/glossary": 190, "book/notation": 60, "book/api/": -60, "book/decisions/": -60 };
    const place = Object.keys(places).find((start) => page.startsWith(start));
    return score + (places[place] ?? 0);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
