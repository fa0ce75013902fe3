// A page's text, as the server renders it, with what only scripts can show.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { api, take } from "../api/client";
import { Wait, Wrong } from "../shell/common";
import { follow } from "../shell/router";
import { Live } from "./Live";
import { cleanPage } from "./markdown";

interface Place {
  place: HTMLElement;
  source: string;
}

/** A page as the server renders it. */
export function PageText({ ownerId, pageId, version }: { ownerId: string; pageId: string; version?: number }) {
  const html = useQuery({
    queryKey: ["wiki", ownerId, "html", pageId, version],
    queryFn: () => take(api.GET("/repo/v1/entity/{ownerId}/wiki2/{wikiId}/html", { params: { path: { ownerId, wikiId: pageId }, query: { wikiVersion: version } }, parseAs: "text" })) as Promise<string>,
  });
  if (html.error) return <Wrong error={html.error} retry={() => void html.refetch()} />;
  return html.data === undefined ? <Wait /> : <PageHtml text={html.data} />;
}

/** The server's HTML: pictures get signed addresses, formulas are set, widgets come to life. */
export function PageHtml({ text }: { text: string }) {
  const box = useRef<HTMLDivElement>(null);
  const [places, setPlaces] = useState<Place[]>([]);
  useEffect(() => {
    const into = box.current;
    if (!into) return;
    const main = new DOMParser().parseFromString(text, "text/html").querySelector("main");
    main?.querySelector("h1")?.remove(); // the title stands above
    const inert = document.implementation.createHTMLDocument("");
    const holder = inert.createElement("div");
    holder.innerHTML = cleanPage(main?.innerHTML ?? "");
    // Pictures of this server need the token, which an <img> does not send.
    const pictures = [...holder.querySelectorAll("img")].map((image) => [image, image.getAttribute("src") ?? ""] as const).filter(([, source]) => source.startsWith("/repo/"));
    for (const [image] of pictures) image.removeAttribute("src");
    into.replaceChildren(...[...holder.childNodes].map((node) => document.adoptNode(node)));
    for (const [image, source] of pictures) {
      void address(source).then((found) => found && image.setAttribute("src", found));
    }
    const math = [...into.querySelectorAll<HTMLElement>(".math")];
    if (math.length) void import("./math").then(({ typeset }) => math.forEach(typeset));
    setPlaces(
      [...into.querySelectorAll<HTMLElement>("span.widget[data-widget]")].map((span) => {
        const place = document.createElement("span");
        place.className = "live";
        span.replaceWith(place);
        place.append(span);
        return { place, source: span.dataset["widget"] ?? "" };
      }),
    );
  }, [text]);
  return (
    <>
      <div
        ref={box}
        className="page-text"
        onClick={(event) => {
          const link = (event.target as HTMLElement).closest("a");
          const to = link?.getAttribute("href") ?? "";
          if (to.startsWith("#")) {
            event.preventDefault();
            const goal = document.getElementById(`user-content-${to.slice(1)}`);
            goal?.scrollIntoView();
            goal?.setAttribute("tabindex", "-1");
            goal?.focus();
          } else if (/^\/[A-Z]/.test(to)) follow(event, to);
        }}
      />
      {places.map(({ place, source }, index) => createPortal(<Live source={source} place={place} />, place, String(index)))}
    </>
  );
}

async function address(source: string): Promise<string | null> {
  const url = new URL(source, location.origin);
  if (url.origin !== location.origin) return null;
  const attachment = /^\/repo\/v1\/entity\/(syn\d+)\/wiki2\/(\d+)\/attachment$/.exec(url.pathname);
  const file = /^\/repo\/v1\/entity\/(syn\d+)(?:\/version\/(\d+))?\/file$/.exec(url.pathname);
  try {
    if (attachment) {
      const path = { ownerId: attachment[1] ?? "", wikiId: attachment[2] ?? "" };
      const wikiVersion = url.searchParams.has("wikiVersion") ? Number(url.searchParams.get("wikiVersion")) : undefined;
      const query = { fileName: url.searchParams.get("fileName") ?? "", redirect: false, wikiVersion };
      return await take(api.GET("/repo/v1/entity/{ownerId}/wiki2/{wikiId}/attachment", { params: { path, query }, parseAs: "text" }));
    }
    if (file?.[2]) return await take(api.GET("/repo/v1/entity/{id}/version/{versionNumber}/file", { params: { path: { id: file[1] ?? "", versionNumber: Number(file[2]) }, query: { redirect: false } }, parseAs: "text" }));
    if (file) return await take(api.GET("/repo/v1/entity/{id}/file", { params: { path: { id: file[1] ?? "" }, query: { redirect: false } }, parseAs: "text" }));
  } catch {
    // the text stands in its place
  }
  return null;
}
