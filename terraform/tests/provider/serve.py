"""Serves a derived schema to Terraform as if it were Google's provider, on a Unix socket of this process."""

import json
import os
import pathlib
import sys
from concurrent import futures

import grpc

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
messages, services = grpc.protos_and_services("plugin.proto")


def block(described):
    return messages.Block(
        attributes=[
            messages.Attribute(
                name=entry["name"], type=json.dumps(entry["type"]).encode(),
                required=entry["required"], optional=entry["optional"], computed=entry["computed"],
            )
            for entry in described["attributes"]
        ],
        block_types=[
            messages.NestedBlock(
                type_name=entry["name"], nesting=entry["nesting"], min_items=entry["min"], max_items=entry["max"], block=block(entry["block"]),
            )
            for entry in described["blocks"]
        ],
    )


class Provider(services.ProviderServicer):
    def __init__(self, schemas):
        self.schemas = messages.Schemas(provider=messages.Schema(block=block(schemas["provider"])))
        for kind, target in (("resource", self.schemas.resource_schemas), ("data", self.schemas.data_source_schemas)):
            for name, described in schemas[kind].items():
                target[name].block.CopyFrom(block(described))

    # The names are the protocol's.
    def GetSchema(self, _request, _context):
        return self.schemas

    def PrepareProviderConfig(self, request, _context):
        return messages.PrepareResponse(prepared_config=request.config)

    def ValidateResourceTypeConfig(self, _request, _context):
        return messages.ValidateResponse()

    def ValidateDataSourceConfig(self, _request, _context):
        return messages.ValidateResponse()

    def Stop(self, _request, _context):
        return messages.StopResponse()


def start(schemas, folder):
    """Starts to serve and returns the server, and what Terraform must be told in TF_REATTACH_PROVIDERS."""
    server = grpc.server(futures.ThreadPoolExecutor(4), options=[("grpc.max_send_message_length", -1)])
    services.add_ProviderServicer_to_server(Provider(schemas), server)
    socket = str(folder / "provider.sock")
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    # "Test" keeps Terraform from ending this process when it is done with the provider.
    address = {"Protocol": "grpc", "ProtocolVersion": 5, "Pid": os.getpid(), "Test": True, "Addr": {"Network": "unix", "String": socket}}
    return server, json.dumps({"registry.terraform.io/hashicorp/google": address})
