// Records and appointments, by the types of openapi-typescript and the client that goes with them.
import createClient from "openapi-fetch";

import { updateRecordsErrorCodeValues, type components, type paths } from "./generated";

type RowResult = components["schemas"]["RowResult"];
type ErrorCode = components["schemas"]["UpdateRecordsErrorCode"];

const [url, token, open, locked, appointment] = process.argv.slice(2);

// @ts-expect-error: no such code refuses an update of records
const misspelt: ErrorCode = "RECORD_LOKED";

function isKnown(code: string): code is ErrorCode {
  return updateRecordsErrorCodeValues.some((known) => known === code);
}

function advice(code: ErrorCode): string {
  switch (code) {
    case "RECORD_LOCKED":
      return "locked: unlock it, then send the row again";
    case "DUPLICATE_DATA":
      return "another record has this value";
    // @ts-expect-error: nor can it be asked for
    case "RECORD_LOKED":
    default:
      return `refused: ${code}`;
  }
}

function understood(row: RowResult): string {
  if (row.status === "success") {
    return "id" in row.details ? `updated ${row.details.id}` : "scheduled";
  }
  return isKnown(row.code) ? advice(row.code) : `refused, and nobody knows why: ${row.code}`;
}

async function main(): Promise<void> {
  const headers = { Authorization: `Zoho-oauthtoken ${token}` };
  const client = createClient<paths>({ baseUrl: `${url}/crm/v8`, headers });

  const several = await client.PUT("/{module_api_name}", {
    params: { path: { module_api_name: "Deals" } },
    body: {
      data: [
        { id: open, Stage: "Closed Won", Amount: 12500.5, Owner: { id: "5545974000000393001" }, Tags: ["a", "b"] },
        { id: locked, Stage: "Closed Won" },
      ],
      trigger: [],
    },
  });
  several.data?.data.forEach((row) => console.log(understood(row)));

  const one = await client.PUT("/{module_api_name}/{record_id}", {
    params: {
      path: { module_api_name: "Deals", record_id: locked },
      header: { "If-Unmodified-Since": "2999-01-01T00:00:00+01:00" },
    },
    body: { data: [{ Stage: "Closed Won" }] },
  });
  if (one.error && "data" in one.error) {
    console.log(one.response.status, one.error.data.map(understood).join());
  }

  await client.PUT("/Appointments__s", {
    body: {
      data: [{ id: appointment, Status: "Cancelled", Cancellation_Note: null, Own_Field__c: 7 }],
      trigger: [],
    },
  });
}

void main();
