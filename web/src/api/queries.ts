import { type InvalidateQueryFilters, type InvalidateOptions, QueryClient } from "@tanstack/react-query";
import { Refused } from "./client";

/** The client of all queries, whose lists show what has been changed. */
class Queries extends QueryClient {
  /**
   * Ask again. A first request that is still under way may have been answered before the change,
   * and the library would wait for it rather than ask once more: it is given up.
   */
  override async invalidateQueries(...[filters, options]: [InvalidateQueryFilters?, InvalidateOptions?]): Promise<void> {
    await this.cancelQueries(filters);
    await super.invalidateQueries(filters, options);
  }
}

export const queries = new Queries({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => count < 2 && !(error instanceof Refused && error.status >= 400 && error.status < 500),
    },
  },
});
