// Formulas. Loaded when a page has one.
import katex from "katex";
import "katex/dist/katex.min.css";

/** Set the formula that is an element's text; what is wrong in it stays text, with the reason. */
export function typeset(element: HTMLElement): void {
  // $x$, $$x$$, and $$\(x\)$$
  const source = (element.textContent ?? "").trim().replace(/^\$\$?|\$\$?$/g, "").replace(/^\s*\\[([]|\\[)\]]\s*$/g, "");
  const display = element.tagName === "DIV";
  katex.render(source, element, { displayMode: display, throwOnError: false, trust: false, maxExpand: 500, maxSize: 20, strict: "ignore" });
}
