import "@mantine/core/styles.css";
import "./shell/style.css";
import { createTheme, MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queries } from "./api/queries";
import { App } from "./shell/App";
import { redirectOldForm } from "./shell/router";

const theme = createTheme({
  primaryColor: "blue",
  primaryShade: { light: 8, dark: 8 },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  defaultRadius: "md",
  headings: { textWrap: "balance" },
  components: { Anchor: { defaultProps: { underline: "always" } }, Menu: { defaultProps: { withInitialFocusPlaceholder: false } }, Modal: { defaultProps: { centered: true } } },
});

redirectOldForm();
window.addEventListener("hashchange", () => {
  redirectOldForm();
  window.dispatchEvent(new PopStateEvent("popstate"));
});

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <App />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
