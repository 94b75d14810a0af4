"""What the operator is given: its configuration, its rights, the kinds that it sees to."""

import tomllib
import unittest

import chart
import yaml


class Operator(unittest.TestCase):
    def setUp(self):
        self.objects = chart.render(chart.value_set("operator"))

    def configuration(self, *settings):
        objects = chart.render(chart.value_set("operator"), *settings)
        return tomllib.loads(chart.named(objects, "ConfigMap", "operator")["data"]["longshore.toml"])

    def test_there_is_none_unless_it_is_asked_for(self):
        for values in chart.VALUE_SETS:
            if values.stem != "operator":
                objects = chart.render(values)
                self.assertEqual(chart.of_kind(objects, "CustomResourceDefinition"), [])
                self.assertEqual(chart.of_kind(objects, "Role") + chart.of_kind(objects, "ClusterRole"), [])

    def test_it_knows_the_api_and_nothing_else(self):
        known = tomllib.loads((chart.ROOT / "deploy" / "longshore.toml").read_text())
        configuration = self.configuration()
        self.assertEqual(set(configuration), {"operator", "telemetry"})
        for section, keys in configuration.items():
            self.assertLessEqual(set(keys), set(known[section]))
        self.assertEqual(configuration["operator"]["url"], "http://fleet-longshore.exports.svc:8080/")
        pod = chart.named(self.objects, "Deployment", "operator")["spec"]["template"]["spec"]
        (token,) = [one["secret"] for one in pod["volumes"] if "secret" in one]
        (mount,) = [one for one in pod["containers"][0]["volumeMounts"] if one["name"] == "token"]
        (item,) = token["items"]
        self.assertEqual(configuration["operator"]["token_file"], f"{mount['mountPath']}/{item['path']}")
        elsewhere = self.configuration("operator.url=https://exports.example.org/")
        self.assertEqual(elsewhere["operator"]["url"], "https://exports.example.org/")

    def test_its_rights_reach_as_far_as_it_looks(self):
        self.assertEqual(self.configuration()["operator"]["namespace"], "")
        (role,) = chart.of_kind(self.objects, "ClusterRole")
        self.assertEqual(self.configuration("operator.scope=namespace")["operator"]["namespace"], "exports")
        objects = chart.render(chart.value_set("operator"), "operator.scope=namespace")
        self.assertEqual(chart.of_kind(objects, "ClusterRole"), [])
        (narrow,) = chart.of_kind(objects, "Role")
        self.assertEqual(narrow["rules"], role["rules"])
        allowed = {(resource, verb) for rule in role["rules"] for resource in rule["resources"] for verb in rule["verbs"]}
        kinds = ("exports", "exportschedules")
        needed = {(kind, verb) for kind in kinds for verb in ("list", "watch", "patch")}
        needed |= {(f"{kind}/status", "update") for kind in kinds}
        needed |= {("configmaps", "get"), ("events", "create"), ("events", "patch")}
        self.assertEqual(allowed, needed)
        for bound in (self.objects, objects):
            (binding,) = chart.of_kind(bound, "RoleBinding") + chart.of_kind(bound, "ClusterRoleBinding")
            (account,) = binding["subjects"]
            pod = chart.named(bound, "Deployment", "operator")["spec"]["template"]["spec"]
            self.assertEqual(account["name"], pod["serviceAccountName"])

    def test_its_kinds_are_those_that_are_shipped_and_stay(self):
        definitions = chart.of_kind(self.objects, "CustomResourceDefinition")
        shipped = {}
        for path in (chart.ROOT / "deploy" / "kubernetes").glob("*.yaml"):
            one = yaml.safe_load(path.read_text())
            shipped[one["metadata"]["name"]] = one["spec"]
        self.assertEqual({one["metadata"]["name"]: one["spec"] for one in definitions}, shipped)
        for one in definitions:
            self.assertEqual(one["metadata"]["annotations"]["helm.sh/resource-policy"], "keep")
        without = chart.render(chart.value_set("operator"), "operator.customResources=false")
        self.assertEqual(chart.of_kind(without, "CustomResourceDefinition"), [])

    def test_it_is_let_in_where_others_are_named(self):
        policy = chart.named(self.objects, "NetworkPolicy", "coordinator")
        (api,) = [rule for rule in policy["spec"]["ingress"] if rule["ports"][0]["port"] == "api"]
        peers = [peer["podSelector"]["matchLabels"] for peer in api["from"] if "podSelector" in peer]
        self.assertIn("operator", {labels["app.kubernetes.io/component"] for labels in peers})

    def test_it_needs_a_token(self):
        with self.assertRaisesRegex(chart.Refused, "operator.tokenSecret.name is needed"):
            chart.render(chart.value_set("operator"), "operator.tokenSecret.name=")
