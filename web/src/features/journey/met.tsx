// What users met, in the server's own sentences; whose it is, where there are several kinds of attempts.
import { useTranslation } from "react-i18next";
import type { JourneyExperience } from "@/api/model";
import { Muted } from "@/ui/page";

export function Met({ experiences }: { experiences: readonly JourneyExperience[] }) {
  const { t } = useTranslation();
  if (experiences.length === 0) return <Muted>{t("journey.nothingCounted")}</Muted>;
  const several = experiences.length > 1;
  return experiences.map((experience) => (
    <p key={experience.slos.join()}>
      {several ? <Muted>{t("journey.about", { slos: experience.about })}</Muted> : null}
      {experience.text}
    </p>
  ));
}
