"""Who decides how many pods there are, and that it is one alone."""

import unittest
import warnings

import chart

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from cloudcoil.models.keda import v1alpha1 as keda
    from cloudcoil.models.prometheus_operator import v1 as monitoring


class Scaling(unittest.TestCase):
    def test_replicas_are_left_to_who_scales(self):
        for values in chart.VALUE_SETS:
            objects = chart.render(values)
            scalers = chart.of_kind(objects, "ScaledObject") + chart.of_kind(objects, "HorizontalPodAutoscaler")
            scaled = [one["spec"]["scaleTargetRef"]["name"] for one in scalers]
            self.assertEqual(len(scaled), len(set(scaled)))
            for role in chart.of_kind(objects, "Deployment"):
                self.assertEqual("replicas" in role["spec"], role["metadata"]["name"] not in scaled)

    def test_resources_of_operators_fit_their_schemas(self):
        models = {
            "ScaledObject": keda.ScaledObject,
            "TriggerAuthentication": keda.TriggerAuthentication,
            "ServiceMonitor": monitoring.ServiceMonitor,
            "PrometheusRule": monitoring.PrometheusRule,
        }
        seen = set()
        for values in chart.VALUE_SETS:
            for one in chart.render(values):
                if model := models.get(one["kind"]):
                    model.model_validate(one)
                    seen.add(one["kind"])
        self.assertEqual(seen, set(models))

    def test_workers_and_agents_scale_by_what_is_outstanding(self):
        objects = chart.render(chart.value_set("keda"))
        of = lambda role: chart.named(objects, "ScaledObject", role)["spec"]
        places = lambda role: [one["metadata"]["valueLocation"] for one in of(role)["triggers"]]
        self.assertEqual(places("worker"), ["batches.outstanding"])
        self.assertEqual(places("transport-agent"), ["assemblies.outstanding", "deliveries.outstanding"])
        for role in ("worker", "transport-agent"):
            self.assertGreaterEqual(of(role)["fallback"]["replicas"], 1)
        # What asks is let in by a token that is in a secret.
        (login,) = chart.of_kind(objects, "TriggerAuthentication")
        self.assertEqual(login["spec"]["secretTargetRef"][0]["parameter"], "token")

    def test_rabbitmq_is_asked_for_messages_under_way_too(self):
        objects = chart.render(chart.value_set("keda-rabbitmq"))
        (trigger,) = chart.named(objects, "ScaledObject", "worker")["spec"]["triggers"]
        self.assertEqual(trigger["metadata"]["queueName"], "longshore.batches")
        self.assertEqual(trigger["metadata"]["excludeUnacknowledged"], "false")
        self.assertEqual(trigger["metadata"]["protocol"], "http")


class Refusals(unittest.TestCase):
    def refused(self, values, *settings):
        with self.assertRaises(chart.Refused) as refusal:
            chart.render(chart.value_set(values), *settings)
        return str(refusal.exception)

    def test_keys_that_are_not_known_are_refused(self):
        self.assertIn("replica", self.refused("fleet", "worker.replica=2"))
        self.assertIn("attempt", self.refused("fleet", "settings.coordinator.attempt=2"))

    def test_what_a_fleet_needs_is_told_at_once(self):
        told = self.refused("fleet", "store.bucket=", "queue.secret.name=")
        self.assertIn("store.bucket is needed", told)
        self.assertIn("queue.secret.name is needed", told)

    def test_sections_are_not_written_twice(self):
        self.assertIn("section that the chart writes", self.refused("fleet", "config=[worker]"))

    def test_scaling_by_keda_needs_something_to_ask(self):
        self.assertIn("keda.tokenSecret.name", self.refused("fleet", "worker.autoscaling.kind=keda"))

    def test_processor_time_does_not_wake_workers(self):
        told = self.refused("fleet", "worker.autoscaling.kind=hpa", "worker.autoscaling.minReplicas=0")
        self.assertIn("only KEDA can", told)
