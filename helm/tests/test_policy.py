"""What holds for every pod of every value set."""

import unittest

import chart


class Policy(unittest.TestCase):
    def every_pod(self):
        for values in chart.VALUE_SETS:
            for _, metadata, pod in chart.pods(chart.render(values)):
                yield metadata, pod

    def test_pods_keep_to_the_restricted_standard(self):
        for _, pod in self.every_pod():
            security = pod["securityContext"]
            self.assertTrue(security["runAsNonRoot"])
            self.assertEqual(security["seccompProfile"], {"type": "RuntimeDefault"})
            for host in ("hostNetwork", "hostPID", "hostIPC"):
                self.assertNotIn(host, pod)
            for container in pod["containers"]:
                security = container["securityContext"]
                self.assertFalse(security["allowPrivilegeEscalation"])
                self.assertTrue(security["readOnlyRootFilesystem"])
                self.assertEqual(security["capabilities"], {"drop": ["ALL"]})
                self.assertNotIn("privileged", security)
            allowed = {"name", "configMap", "emptyDir", "projected", "secret", "persistentVolumeClaim"}
            for volume in pod["volumes"]:
                self.assertLessEqual(set(volume), allowed)

    def test_pods_have_no_token_of_the_cluster_but_the_operators(self):
        for metadata, pod in self.every_pod():
            is_operator = metadata["labels"]["app.kubernetes.io/component"] == "operator"
            self.assertEqual(pod["automountServiceAccountToken"], is_operator)

    def test_pods_say_what_they_take(self):
        for _, pod in self.every_pod():
            for container in pod["containers"]:
                self.assertIn("memory", container["resources"]["limits"])
                self.assertIn("cpu", container["resources"]["requests"])
            for volume in pod["volumes"]:
                if "emptyDir" in volume:
                    self.assertIn("sizeLimit", volume["emptyDir"])

    def test_secrets_are_files_that_others_made(self):
        for values in chart.VALUE_SETS:
            objects = chart.render(values)
            self.assertEqual(chart.of_kind(objects, "Secret"), [])
            for _, metadata, pod in chart.pods(objects):
                if metadata["labels"]["app.kubernetes.io/component"] != "test":
                    for container in pod["containers"]:
                        self.assertNotIn("env", container)

    def test_every_object_has_the_labels_that_are_recommended(self):
        for values in chart.VALUE_SETS:
            for one in chart.render(values):
                self.assertEqual(one["metadata"]["labels"]["app.kubernetes.io/instance"], "fleet")

    def test_liveness_asks_no_backend_and_readiness_of_the_api_does(self):
        for metadata, pod in self.every_pod():
            component = metadata["labels"]["app.kubernetes.io/component"]
            if component == "test":
                continue
            (container,) = pod["containers"]
            probes = [container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")]
            with_api = component in ("coordinator", "all-in-one")
            expected = ["/health/live", "/health/live", "/health/ready"] if with_api else ["/metrics"] * 3
            self.assertEqual([probe["path"] for probe in probes], expected)
            ports = {port["name"] for port in container["ports"]}
            self.assertLessEqual({probe["port"] for probe in probes}, ports)

    def test_another_configuration_makes_other_pods(self):
        values = chart.value_set("fleet")
        key = "checksum/configuration"
        before, after = (
            chart.named(chart.render(values, f"telemetry.log={log}"), "Deployment", "worker")
            for log in ("info", "debug")
        )
        of = lambda one: one["spec"]["template"]["metadata"]["annotations"][key]
        self.assertNotEqual(of(before), of(after))
