/* The editor of a cell: CodeMirror 6 with Python, brackets and four-space indentation. */
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

/* A phone shows some 30 characters a line; the page's bar lies above the text, the cell's below it. */
const phone = [EditorView.lineWrapping, EditorView.scrollMargins.of(() => ({ top: 64, bottom: 64 }))];

export function make(text, { label, changed, run }) {
  const shiftEnter = Prec.highest(keymap.of([{ key: "Shift-Enter", run: () => (run(), true) }]));
  const view = new EditorView({
    state: EditorState.create({
      doc: text,
      extensions: [
        shiftEnter, lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
        matchMedia("(max-width: 700px)").matches ? phone : [],
        highlightActiveLine(), indentUnit.of("    "), python(), syntaxHighlighting(classHighlighter),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of((update) => update.docChanged && changed(update.state.doc.toString())),
      ],
    }),
  });
  view.scrollDOM.tabIndex = 0; // a line wider than a phone can be scrolled to by keyboard
  return {
    dom: view.dom,
    text: () => view.state.doc.toString(),
    set: (now) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: now } }),
    focus: () => view.focus(),
  };
}
