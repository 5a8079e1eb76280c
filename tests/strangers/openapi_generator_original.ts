// What has names of several words, by the client of openapi-generator that leaves names as the API spells them.
import { AppointmentsApi, Configuration, RecordsApi, UpdateAppointmentsErrorCode } from "./generated";

const [url, token, deal, appointment, cancelled] = process.argv.slice(2);

async function main(): Promise<void> {
  const settings = new Configuration({ basePath: `${url}/crm/v8`, apiKey: `Zoho-oauthtoken ${token}` });

  await new RecordsApi(settings).updateRecord({
    moduleApiName: "Deals",
    recordId: deal,
    updateRecordBody: {
      data: [{ Languages: ["Korean"], $append_values: { Languages: true } }],
      trigger: [],
      skip_feature_execution: [{ name: "cadences" }],
    },
  });

  const answer = await new AppointmentsApi(settings).updateAppointments({
    updateAppointmentsBody: {
      data: [
        { id: appointment, Status: "Cancelled", Cancellation_Note: null, Own_Field__c: 7 },
        { id: cancelled, Status: "Scheduled" },
      ],
      trigger: [],
    },
  });
  for (const row of answer.data) {
    if (row.status === "error" && row.code === UpdateAppointmentsErrorCode.NotAllowed) {
      console.log("its status is final");
    } else {
      console.log(row.status);
    }
  }
}

void main();
