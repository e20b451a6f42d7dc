/**
 * Columns of equal width, separated by two spaces, for a terminal.
 * @param rows the first is the heading
 */
export function textTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    widths
      .map((width, column) => (row[column] ?? "").padEnd(width))
      .join("  ")
      .trimEnd();
  const [heading = [], ...body] = rows;
  return [line(heading), widths.map((width) => "─".repeat(width)).join("  "), ...body.map(line)].join("\n");
}

/** The same for a document. */
export function markdownTable([heading = [], ...body]: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]) => `| ${row.join(" | ")} |`;
  return [line(heading), `|${heading.map(() => "---|").join("")}`, ...body.map(line), ""].join("\n");
}
