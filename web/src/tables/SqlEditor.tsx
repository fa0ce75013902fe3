// The text of a query: coloured, and completed with the names of columns, keywords and functions.
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { MySQL, sql } from "@codemirror/lang-sql";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { minimalSetup } from "codemirror";
import { Text } from "@mantine/core";
import { useEffect, useId, useRef } from "react";
import { t } from "../texts";

const theme = EditorView.theme({
  "&": { border: "1px solid light-dark(#ced4da, #424242)", borderRadius: ".25rem", fontSize: ".9rem", maxHeight: "40vh" },
  "&.cm-focused": { outline: "2px solid light-dark(#1864ab, #74c0fc)" },
  ".cm-scroller": { overflow: "auto", fontFamily: "monospace" },
  ".cm-content": { caretColor: "currentColor", padding: ".45rem .2rem" },
  ".cm-cursor": { borderLeftColor: "currentColor" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "light-dark(#cfe3f7, #1d4b73)" },
  ".cm-tooltip": { background: "var(--mantine-color-body)", color: "inherit", border: "1px solid light-dark(#ced4da, #424242)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "light-dark(#1864ab, #1864ab)", color: "#fff" },
  ".ͼb": { color: "light-dark(#8a1f7a, #f0a6e6)" },
  ".ͼe": { color: "light-dark(#1b5e20, #a5d6a7)" },
  ".ͼd": { color: "light-dark(#8a3b00, #ffcc80)" },
});

interface Props {
  value: string;
  onChange: (text: string) => void;
  onRun: () => void;
  table: string;
  columns: string[];
}

function language(table: string, columns: string[]) {
  return sql({ dialect: MySQL, upperCaseKeywords: true, ...(table ? { schema: { [table]: columns }, defaultTable: table } : {}) });
}

export function SqlEditor({ value, onChange, onRun, table, columns }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const spoken = useRef(new Compartment());
  const label = useId();
  const now = useRef({ onChange, onRun });
  now.current = { onChange, onRun };
  useEffect(() => {
    const made = new EditorView({
      ...(box.current ? { parent: box.current } : {}),
      state: EditorState.create({
        doc: value,
        extensions: [
          Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (now.current.onRun(), true) }])),
          minimalSetup,
          keymap.of(completionKeymap),
          autocompletion({ icons: false }),
          spoken.current.of(language(table, columns)),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-labelledby": label, spellcheck: "false" }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) now.current.onChange(update.state.doc.toString());
          }),
          theme,
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
    // The editor is made once; what changes later is told to it below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const names = columns.join("\n");
  useEffect(() => {
    view.current?.dispatch({ effects: spoken.current.reconfigure(language(table, names ? names.split("\n") : [])) });
  }, [table, names]);
  useEffect(() => {
    const made = view.current;
    if (made && made.state.doc.toString() !== value) made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: value } });
  }, [value]);
  return (
    <div style={{ flex: "1 1 20rem", minWidth: 0 }}>
      <Text component="span" size="sm" fw={500} id={label} onClick={() => view.current?.focus()}>
        {t.tables.sql}
      </Text>
      <div ref={box} />
    </div>
  );
}
