from zcrm import AccessToken, ZohoCRM


def test_a_deal_is_closed(zcrm_simulator):
    (deal,) = zcrm_simulator.load("Deals", [{"Stage": "Negotiation"}])
    with ZohoCRM(auth=AccessToken(zcrm_simulator.access_token), api_domain=zcrm_simulator.url) as crm:
        crm.records.update_one("Deals", deal, {"Stage": "Closed Won"}, triggers=())
    assert zcrm_simulator.record("Deals", deal)["Stage"] == "Closed Won"
