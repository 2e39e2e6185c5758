import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { profileQuery, saveOnboarding } from "~/api/session";
import { errorText } from "~/api/words";
import { browserZone } from "~/lib/zone";
import { toasts } from "~/ui/toast-store";
import { useClockIn, ZoneSelect } from "~/ui/zone-select";
import { Row } from "./settings-page";

/** The zone that the times of agents are meant in, unless a schedule says another. */
export function ZoneRow() {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const { data } = useQuery(profileQuery);
  const zone = data?.onboarding.time_zone ?? browserZone();
  const time = useClockIn(zone);
  const save = async (next: string) => {
    try {
      await saveOnboarding(i18n.language, next, data?.onboarding.occupation ?? "");
      await queries.invalidateQueries({ queryKey: ["profile"] });
      toasts.show(t("common.saved"));
    } catch (error) {
      toasts.show(errorText(t, error), { tone: "bad" });
    }
  };
  return (
    <Row name={t("onboarding.zone")} help={t("onboarding.zoneNow", { time })}>
      {data && <ZoneSelect label={t("onboarding.zone")} value={zone} onChange={(next) => void save(next)} />}
    </Row>
  );
}
