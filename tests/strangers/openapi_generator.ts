// Records, by the client that openapi-generator's typescript-fetch makes without any option.
import {
  Configuration,
  RecordsApi,
  RefusalFromJSON,
  ResponseError,
  UpdateRecordsErrorCode,
  type RowResult,
} from "./generated";

const [url, token, open, locked] = process.argv.slice(2);

// @ts-expect-error: no such code refuses an update of records
const misspelt: UpdateRecordsErrorCode = "RECORD_LOKED";

function understood(row: RowResult): string {
  if (row.status === "success") {
    return "id" in row.details ? `updated ${row.details.id}` : "scheduled";
  }
  switch (row.code) {
    case UpdateRecordsErrorCode.RecordLocked:
      return "locked: unlock it, then send the row again";
    case UpdateRecordsErrorCode.DuplicateData:
      return "another record has this value";
    default:
      return `refused: ${row.code}`;
  }
}

async function main(): Promise<void> {
  const apiKey = `Zoho-oauthtoken ${token}`;
  const records = new RecordsApi(new Configuration({ basePath: `${url}/crm/v8`, apiKey }));

  const answer = await records.updateRecords({
    moduleApiName: "Deals",
    updateRecordsBody: {
      data: [
        { id: open, Stage: "Closed Won", Amount: 12500.5, Owner: { id: "5545974000000393001" }, Tags: ["a", "b"] },
        { id: locked, Stage: "Closed Won" },
      ],
      trigger: [],
    },
  });
  answer.data.forEach((row) => console.log(understood(row)));

  try {
    await records.updateRecord({
      moduleApiName: "Deals",
      recordId: locked,
      ifUnmodifiedSince: "2999-01-01T00:00:00+01:00",
      updateRecordBody: { data: [{ Stage: "Closed Won" }] },
    });
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    const refusal = RefusalFromJSON(await error.response.json());
    if ("data" in refusal) console.log(error.response.status, refusal.data.map(understood).join());
  }
}

void main();
