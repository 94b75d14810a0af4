"""What roles are given: their configuration, time to drain, budgets, neighbours."""

import json
import re
import tomllib
import unittest

import chart
import yaml


class Fleet(unittest.TestCase):
    def setUp(self):
        self.objects = chart.render(chart.value_set("strict"))

    def test_every_key_is_one_of_the_configuration(self):
        known = tomllib.loads((chart.ROOT / "deploy" / "longshore.toml").read_text())
        for values in chart.VALUE_SETS:
            for section, keys in chart.configuration(chart.render(values)).items():
                if section != "sources":
                    self.assertLessEqual(set(keys), set(known[section]), f"{values.name} [{section}]")

    def test_every_setting_of_the_schema_is_one_of_the_configuration(self):
        known = tomllib.loads((chart.ROOT / "deploy" / "longshore.toml").read_text())
        schema = json.loads((chart.CHART / "values.schema.json").read_text())
        for section, settings in schema["properties"]["settings"]["properties"].items():
            self.assertLessEqual(set(settings["properties"]), set(known[section]), section)

    def test_pods_wait_longer_than_roles_drain(self):
        configuration = chart.configuration(self.objects)
        for component, section in (("worker", "worker"), ("transport-agent", "agent")):
            grace = int(configuration[section]["grace"].removesuffix("s"))
            pod = chart.named(self.objects, "Deployment", component)["spec"]["template"]["spec"]
            self.assertGreaterEqual(pod["terminationGracePeriodSeconds"], grace + 30)

    def test_coordinators_may_stay_at_the_former_version(self):
        objects = chart.render(chart.value_set("fleet"), "coordinator.tag=0.0.9")
        images = {
            component: chart.named(objects, "Deployment", component)["spec"]["template"]["spec"]["containers"][0]["image"]
            for component in ("coordinator", "worker", "transport-agent")
        }
        self.assertEqual(images["coordinator"], "longshore:0.0.9")
        self.assertEqual(images["worker"], images["transport-agent"])
        self.assertNotEqual(images["worker"], images["coordinator"])

    def test_requests_end_before_a_coordinator_does(self):
        pod = chart.named(self.objects, "Deployment", "coordinator")["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        # Five seconds of leading, and ten of requests.
        self.assertGreater(pod["terminationGracePeriodSeconds"], pause + 5 + 10)

    def test_secrets_are_where_the_configuration_looks(self):
        configuration = chart.configuration(self.objects)
        looked_for = {
            configuration["store"]["secret_access_key_file"],
            configuration["queue"]["url_file"],
            configuration["board"]["url_file"],
            configuration["api"]["link_key_file"],
            configuration["coordinator"]["certificate"],
            configuration["coordinator"]["private_key"],
        }
        for _, metadata, pod in chart.pods(self.objects):
            if metadata["labels"]["app.kubernetes.io/component"] == "test":
                continue
            (volume,) = [one for one in pod["volumes"] if one["name"] == "secrets"]
            items = [item for source in volume["projected"]["sources"] for item in source["secret"]["items"]]
            there = {f"/run/secrets/longshore/{item['path']}" for item in items}
            self.assertEqual(there, looked_for)

    def test_a_single_pod_has_no_budget_and_several_have(self):
        budgets = chart.of_kind(self.objects, "PodDisruptionBudget")
        self.assertEqual(len(budgets), 3)
        self.assertEqual(chart.of_kind(chart.render(chart.value_set("small")), "PodDisruptionBudget"), [])

    def test_policies_select_every_role_and_shut_private_addresses_off(self):
        policies = chart.of_kind(self.objects, "NetworkPolicy")
        selected = {one["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for one in policies}
        self.assertEqual(selected, {"coordinator", "worker", "transport-agent"})
        for policy in policies:
            self.assertEqual(policy["spec"]["policyTypes"], ["Ingress", "Egress"])
        worker = chart.named(policies, "NetworkPolicy", "worker")["spec"]
        blocks = [to["ipBlock"] for rule in worker["egress"] for to in rule.get("to", []) if "ipBlock" in to]
        (public,) = [block for block in blocks if block["cidr"] == "0.0.0.0/0"]
        self.assertLessEqual({"10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16"}, set(public["except"]))
        # Workers serve metrics, and nothing else.
        self.assertEqual([port["port"] for rule in worker["ingress"] for port in rule["ports"]], ["metrics"])

    def test_all_in_one_holds_its_data_alone(self):
        objects = chart.render(chart.value_set("all-in-one"))
        (role,) = chart.of_kind(objects, "Deployment")
        self.assertEqual(role["spec"]["strategy"], {"type": "Recreate"})
        self.assertEqual(role["spec"]["replicas"], 1)
        (claim,) = chart.of_kind(objects, "PersistentVolumeClaim")
        self.assertEqual(claim["metadata"]["annotations"]["helm.sh/resource-policy"], "keep")

    def test_the_test_exports_a_source_that_is_configured(self):
        objects = chart.render(chart.value_set("keda"))
        pod = chart.named(objects, "Pod", "test")
        self.assertEqual(pod["metadata"]["annotations"]["helm.sh/hook"], "test")
        (container,) = pod["spec"]["containers"]
        self.assertEqual(container["args"], ["submit", "/etc/longshore/test.json", "--watch"])
        files = chart.named(objects, "ConfigMap", "longshore")["data"]
        definition = json.loads(files["test.json"])
        source = chart.configuration(objects)["sources"][definition["outputs"][0]["from"]]
        self.assertIn(source["path"].removeprefix("/etc/longshore/"), files)

    def test_numbers_that_are_watched_are_told(self):
        code = (chart.ROOT / "longshore" / "src" / "telemetry" / "metric.rs").read_text()
        told = set(re.findall(r'"(longshore_\w+)"', code))
        objects = chart.render(chart.value_set("keda"))
        rules = str(chart.of_kind(objects, "PrometheusRule"))
        dashboard = chart.named(objects, "ConfigMap", "dashboard")["data"]["longshore.json"]
        watched = set(re.findall(r"longshore_\w+", rules + dashboard))
        watched = {re.sub("_seconds_(sum|count)$", "_seconds", name) for name in watched}
        self.assertEqual(watched - told, set())

    def test_rules_are_those_of_deploy_over_the_pods_of_the_release(self):
        (ours,) = chart.of_kind(chart.render(chart.value_set("keda")), "PrometheusRule")
        shipped = yaml.safe_load((chart.ROOT / "deploy" / "prometheus" / "rules.yml").read_text())
        text = json.dumps(ours["spec"]["groups"])
        asked = json.dumps(shipped["groups"])
        pods = json.dumps('namespace="exports",pod=~"fleet-longshore-.*"')[1:-1]
        metrics = r"longshore_[a-z_]+"
        self.assertEqual(len(re.findall(metrics + re.escape("{" + pods), text)), len(re.findall(metrics, asked)))
        self.assertEqual(json.loads(text.replace(pods + ",", "").replace("{" + pods + "}", "")), shipped["groups"])
