/** A chart's numbers as a table, for readers who do not see the chart. */
export function ChartTable(props: {
  caption: string;
  columns: readonly string[];
  /** Each row starts with its key. */
  rows: readonly (readonly string[])[];
}) {
  const { caption, columns, rows } = props;
  return (
    <div className="visually-hidden">
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([key, ...cells]) => (
            <tr key={key}>
              <th scope="row">{key}</th>
              {cells.map((cell, index) => (
                <td key={columns[index + 1]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
